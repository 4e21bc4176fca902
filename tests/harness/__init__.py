"""What tests share: real peers started for one test run, and everything they need."""
