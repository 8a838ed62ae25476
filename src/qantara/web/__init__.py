"""What the hub answers over HTTP: the webhook entrance and whether it is well."""
