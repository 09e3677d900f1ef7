"""What people see of the service in a browser: the form for privacy requests and its answers."""
