"""The AI SDK's chat protocol: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol#ui-message-stream-protocol."""
