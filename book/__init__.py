"""What the chapters share: data, fingerprint, tables, charts and the build's hooks."""
