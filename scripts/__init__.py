"""What `make` calls. Nothing in here is part of the running marketplace."""
