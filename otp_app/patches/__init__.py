"""What migrating does once to a site that was there before."""
