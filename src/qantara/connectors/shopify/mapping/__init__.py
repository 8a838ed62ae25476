"""What Shopify sends and what the hub calls it; pure."""
