{{ audience_rows('survey') }}
