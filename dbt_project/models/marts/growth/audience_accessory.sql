{{ audience_rows('accessory') }}
