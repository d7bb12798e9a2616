"""The service under many clients, with a model of this machine that costs nothing: `make load`."""
