{{ audience_rows('sleeping_member') }}
