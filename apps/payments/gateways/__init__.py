"""Payment gateways: the protocol, and the sandbox."""
