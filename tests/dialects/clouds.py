"""Responses of the native interfaces of clouds, local servers and applications."""

from typing import Any

from tests.dialects.case import Case, assistant, compact, reads, tokens, typed

BEDROCK = "docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html"
COHERE = "docs.cohere.com/docs/streaming"
DASHSCOPE = "help.aliyun.com/zh/model-studio/qwen-api-reference"
LLAMA = "ggml-org/llama.cpp tools/server/README.md"


def qwen(content: str | None, reason: str = "null", **message: Any) -> dict[str, Any]:
    """Returns a payload of DashScope's native interface, which writes null as text."""
    choice = {"message": assistant(content, **message), "finish_reason": reason}
    return {"output": {"choices": [choice]}, "usage": {"input_tokens": 3, "output_tokens": 2}, "request_id": "1"}


CASES = [
    reads(
        "DashScope's pieces are the text",
        DASHSCOPE,
        qwen("", reasoning_content="plan"),
        qwen("Hel"),
        qwen("lo", "stop"),
        thinking="plan",
        usage=(3, 2),
    ),
    reads(
        "DashScope's cumulative messages are not doubled",
        DASHSCOPE,
        qwen("", reasoning_content="pl"),
        qwen("", reasoning_content="plan"),
        qwen("Hel", reasoning_content="plan"),
        qwen("Hello", reasoning_content="plan"),
        qwen("Hello", "stop", reasoning_content="plan"),
        thinking="plan",
        usage=(3, 2),
    ),
    reads(
        "text in DashScope's output is the text",
        DASHSCOPE,
        {"output": {"text": "Hel", "finish_reason": "null"}},
        {"output": {"text": "lo", "finish_reason": "stop"}},
    ),
    reads(
        "cumulative text in DashScope's output is not doubled",
        DASHSCOPE,
        {"output": {"text": "Hel", "finish_reason": "null"}},
        {"output": {"text": "Hello", "finish_reason": "null"}},
        {"output": {"text": "Hello", "finish_reason": "stop"}},
    ),
    reads(
        "llama.cpp's native pieces are the text",
        LLAMA,
        {"content": "Hel", "stop": False},
        {"content": "lo", "stop": False},
        {"content": "", "stop": True, "stop_type": "eos", "prompt": "Hi", "generation_settings": {"stop": ["x"]}},
    ),
    reads(
        "the stop type limit of llama.cpp is length",
        LLAMA,
        {"content": "Hello", "stop": False},
        {"content": "", "stop": True, "stop_type": "limit"},
        reason="length",
    ),
    reads(
        "llama.cpp's native pieces that break off are incomplete",
        LLAMA,
        {"content": "Hello", "stop": False},
        reason=None,
        failure="model_incomplete",
    ),
    reads(
        "Cohere's events give their text once",
        COHERE,
        {"event_type": "text-generation", "text": "Hel", "is_finished": False},
        {"event_type": "text-generation", "text": "lo", "is_finished": False},
        {
            "event_type": "stream-end",
            "finish_reason": "COMPLETE",
            "is_finished": True,
            "response": {"text": "Hello", "chat_history": [{"role": "USER", "message": "Hi"}]},
        },
    ),
    reads(
        "Cohere's second interface gives its text",
        COHERE,
        typed("message-start", delta={"message": {"role": "assistant", "content": [], "tool_plan": ""}}),
        typed("content-start", delta={"message": {"content": {"type": "text", "text": ""}}}),
        typed("content-delta", delta={"message": {"content": {"text": "Hello"}}}),
        typed("message-end", delta={"finish_reason": "COMPLETE"}),
    ),
    reads(
        "Bedrock's native events give text and thinking",
        BEDROCK,
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"reasoningContent": {"text": "plan"}}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": "Hello"}, "contentBlockIndex": 1}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 3, "outputTokens": 2}}},
        thinking="plan",
        usage=(3, 2),
    ),
    reads(
        "Titan's pieces are the text",
        "docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html",
        {"outputText": "Hel", "index": 0, "completionReason": None},
        {"outputText": "lo", "index": 0, "completionReason": "FINISH"},
    ),
    reads(
        "Llama's generations on Bedrock are the text",
        "docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html",
        {"generation": "Hel", "generation_token_count": 1, "stop_reason": None},
        {"generation": "lo", "generation_token_count": 2, "stop_reason": "stop"},
    ),
    reads(
        "Mistral's outputs on Bedrock are the text",
        "docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral-text-completion.html",
        {"outputs": [{"text": "Hel", "stop_reason": None}]},
        {"outputs": [{"text": "lo", "stop_reason": "length"}]},
        reason="length",
    ),
    reads(
        "watsonx's results are the text",
        "cloud.ibm.com/apidocs/watsonx-ai",
        {"results": [{"generated_text": "Hel", "stop_reason": "not_finished"}]},
        {"results": [{"generated_text": "lo", "stop_reason": "max_tokens"}]},
        reason="length",
    ),
    reads(
        "TGI's native tokens are the text",
        "huggingface.co/docs/text-generation-inference/conceptual/streaming",
        {"token": {"id": 1, "text": "Hello", "special": False}, "generated_text": None, "details": None},
        {
            "token": {"text": "</s>", "special": True},
            "generated_text": "Hello",
            "details": {"finish_reason": "eos_token"},
        },
    ),
    reads(
        "Tencent's names in capitals are read",
        "cloud.tencent.com/document/product/1729/105701",
        {"Choices": [{"Delta": {"Role": "assistant", "Content": "Hel"}, "FinishReason": ""}]},
        {"Choices": [{"Delta": {"Content": "lo"}, "FinishReason": "stop"}]},
    ),
    reads(
        "Baidu's result is the text",
        "cloud.baidu.com/doc/WENXINWORKSHOP/s/jlil56u11",
        {"object": "chat.completion", "sentence_id": 0, "is_end": False, "result": "Hel", "usage": tokens(3, 1)},
        {"object": "chat.completion", "sentence_id": 1, "is_end": True, "result": "lo", "usage": tokens(3, 2)},
        usage=(3, 2),
    ),
    reads(
        "Spark's choices in a payload are read",
        "www.xfyun.cn/doc/spark/Web.html",
        {
            "header": {"code": 0, "message": "Success"},
            "payload": {"choices": {"status": 1, "text": [assistant("Hel")]}},
        },
        {"header": {"code": 0, "message": "Success"}, "payload": {"choices": {"status": 2, "text": [assistant("lo")]}}},
        done=True,
    ),
    reads(
        "Dify's answers are the text",
        "docs.dify.ai/api-reference/chat/send-chat-message",
        {"event": "message", "answer": "Hel"},
        {"event": "ping"},
        {"event": "message", "answer": "lo"},
        {"event": "message_end", "metadata": {"usage": {}}},
        done=True,
    ),
    Case(
        "Coze's completed message is not doubled",
        "www.coze.com/docs/developer_guides/chat_v3",
        b"".join(
            f"event:conversation.message.{name}\ndata:{compact({**assistant(text), 'type': 'answer'})}\n\n".encode()
            for name, text in (("delta", "Hel"), ("delta", "lo"), ("completed", "Hello"))
        )
        + b'event:done\ndata:"[DONE]"\n\n',
        text="Hello",
    ),
    reads(
        "Azure's choices with messages are read",
        "microsoft/sample-app-aoai-chatGPT#368",
        {"choices": [{"index": 0, "messages": [{"delta": {"role": "tool", "content": "{}"}, "end_turn": False}]}]},
        {"choices": [{"index": 0, "messages": [{"delta": {"content": "Hello"}, "end_turn": True}]}]},
        done=True,
    ),
]
