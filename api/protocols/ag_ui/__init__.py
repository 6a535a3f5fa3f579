"""The Agent User Interaction Protocol: https://docs.ag-ui.com/concepts/events."""
