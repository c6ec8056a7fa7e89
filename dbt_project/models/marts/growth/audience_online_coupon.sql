{{ audience_rows('online_coupon') }}
