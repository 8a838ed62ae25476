"""What each model does beyond storing values, one file per business domain."""
