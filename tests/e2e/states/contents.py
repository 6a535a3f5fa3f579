"""States of a conversation's messages and of its text fields."""

from playwright.async_api import expect

from tests.e2e.samples import MAX_LENGTH
from tests.e2e.scene import Scene, hang
from tests.e2e.states.table import state
from tests.support.messages import dialogue
from tests.support.model_server import Exchange, tell


@state(widths=(390, 820, 1280))
async def code_reply(scene: Scene) -> None:
    await scene.seed(2, 3, 27, 29, 80, 110, 400, 1200, 1300)
    await scene.show(scene.words.code_question, scene.words.code)
    await expect(scene.reply.locator(".hljs-keyword").first).to_be_attached()


@state()
async def table_reply(scene: Scene) -> None:
    await scene.show(scene.words.table_question, scene.words.table)
    await expect(scene.reply.locator("table")).to_be_visible()


@state(after=table_reply)
async def math_reply(scene: Scene) -> None:
    await scene.show(scene.words.math_question, scene.words.math)
    await expect(scene.reply.locator(".formula math").first).to_be_attached()
    await expect(scene.reply.locator(".formula-source")).to_have_count(0)


@state(after=math_reply)
async def diagram_reply(scene: Scene) -> None:
    await scene.show(scene.words.diagram_question, scene.words.diagram)
    await expect(scene.reply.locator(".diagram")).to_be_visible()


@state(after=diagram_reply)
async def long_user_text(scene: Scene) -> None:
    await scene.show(scene.words.long_text, scene.words.answer)


@state(after=long_user_text)
async def thoughts_open(scene: Scene) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.delta(reasoning_content=scene.words.thoughts)
        await exchange.say(scene.words.answer)
        await exchange.finish(usage={"prompt_tokens": 42, "completion_tokens": 96, "total_tokens": 138})

    await scene.user_id()
    await scene.open(f"/s/{await scene.answered_session((scene.words.question, script))}")
    await scene.get("thinking").locator("summary").click()


@state(after=thoughts_open)
async def long_conversation(scene: Scene) -> None:
    words = scene.words
    asked = (
        (words.question, words.answer),
        (words.code_question, words.code),
        (words.table_question, words.table),
    )
    await scene.user_id()
    session_id = await scene.answered_session(*((question, tell(answer)) for question, answer in asked))
    await scene.open(f"/s/{session_id}")
    await expect(scene.reply).to_have_attribute("data-state", "done")
    await scene.page.locator(".scroller").evaluate("(box) => box.scrollTo(0, 0)")
    await expect(scene.get("to-bottom")).to_be_visible()


@state(after=long_conversation)
async def details(scene: Scene) -> None:
    await scene.show(scene.words.question, scene.words.answer)
    await scene.get("facts").click()
    await expect(scene.get("fact-list")).to_be_visible()


@state(after=details)
async def edit(scene: Scene) -> None:
    await scene.show(scene.words.question, scene.words.answer)
    await scene.page.locator('[data-role="user"]').hover()
    await scene.get("edit").click()
    await expect(scene.get("edit-text")).to_be_visible()


@state(after=edit)
async def earlier_messages_failed(scene: Scene) -> None:
    """A session has more messages than a page has, and the reader has scrolled to the top."""
    await scene.user_id()
    session_id = await scene.answered_session()
    await scene.remember(session_id, *dialogue(range(80), is_legacy=True, content=scene.words.question))
    await scene.open(f"/s/{session_id}")
    await expect(scene.get("message").last).to_be_in_viewport()
    await scene.page.route("**/api/chat/history*before=*", lambda route: route.abort())
    await scene.page.locator(".scroller").evaluate("(box) => box.scrollTo(0, 0)")
    await expect(scene.page.locator(".earlier p")).to_be_visible()


@state(after=earlier_messages_failed)
async def earlier_messages(scene: Scene) -> None:
    """The reader is at the top, and the previous page is being loaded."""
    await scene.replace_routes("**/api/chat/history*before=*", hang)
    await scene.get("earlier").click()
    await expect(scene.get("earlier")).to_have_attribute("aria-busy", "true")


@state(after=earlier_messages)
async def counter(scene: Scene) -> None:
    await scene.reset()
    await scene.get("composer").fill(scene.words.of_length(MAX_LENGTH * 95 // 100))
    await expect(scene.page.locator(".counter:not(.over)")).to_be_visible()


@state(after=counter)
async def over_the_limit(scene: Scene) -> None:
    await scene.get("composer").fill(scene.words.of_length(MAX_LENGTH + 500))
    await expect(scene.page.locator(".counter.over")).to_be_visible()


@state(on="small")
async def demo_model(scene: Scene) -> None:
    await scene.open()
    await expect(scene.get("demo-banner")).to_be_visible()


@state(after=demo_model)
async def history_trimmed(scene: Scene) -> None:
    words = scene.words
    await scene.user_id()
    asked = [(f"{words.question} {number}", tell(words.answer)) for number in range(2)]
    await scene.open(f"/s/{await scene.answered_session(*asked)}")
    await expect(scene.get("message")).to_have_count(4)
    await scene.ask(f"{words.question} 2", tell(words.answer))
    await expect(scene.get("trimmed")).to_be_visible()
    await expect(scene.get("log").get_by_text(asked[0][0], exact=True)).to_have_count(0)
    await expect(scene.reply).to_have_attribute("data-state", "done")
    await scene.page.locator(".scroller").evaluate("(box) => box.scrollTo(0, 0)")
