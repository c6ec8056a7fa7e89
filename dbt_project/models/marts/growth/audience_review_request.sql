{{ audience_rows('review_request') }}
