"""Between NiceGUI and the network: who may connect, what headers go out, which forms come in."""
