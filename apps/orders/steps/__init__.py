"""One step for each open status: find out, act, move. No step holds a transaction while it acts."""
