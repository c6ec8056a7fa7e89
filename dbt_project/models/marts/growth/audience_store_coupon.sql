{{ audience_rows('store_coupon') }}
