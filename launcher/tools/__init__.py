"""The tool server of the one-machine start: the time, a calculator, and the files of the conversation."""
