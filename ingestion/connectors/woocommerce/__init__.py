"""WooCommerce over its REST API, version 3. The page for users is docs/sources/woocommerce.md."""
