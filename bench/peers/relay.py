"""`python -m bench.peers.relay PORT`: a plain relay on FastAPI and the OpenAI SDK, as a first version would be."""

import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

app = FastAPI()
client = AsyncOpenAI()


class Question(BaseModel):
    model: str
    messages: list[Any]


@app.post("/chat")
async def chat(question: Question) -> StreamingResponse:
    return StreamingResponse(reply(question), media_type="text/event-stream")


async def reply(question: Question) -> AsyncIterator[str]:
    stream = await client.chat.completions.create(model=question.model, messages=question.messages, stream=True)
    async for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            yield f"data: {json.dumps({'content': chunk.choices[0].delta.content})}\n\n"


@app.get("/health")
async def health() -> str:
    return "ok"


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False)
