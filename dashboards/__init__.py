"""What people see. Reads the published file alone."""
