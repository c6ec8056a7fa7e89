{{ audience_rows('second_purchase') }}
