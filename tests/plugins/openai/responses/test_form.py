"""Entries of a conversation as items of Responses."""

from pegboard_openai.profiles import named
from pegboard_openai.responses.form import ItemForm
from pegboard_sdk import File, Image, Message, Opaque, Outcome, Reasoning, Role, Text, ToolCall, ToolResult

SECRET = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "x"}
THOUGHT = Reasoning(text="Hm.", opaque=Opaque(provider="openai", data={"at": "a.example", "item": SECRET}))
CALL = ToolCall(call="c", tool="bash", arguments="{}")


def said(*parts, role=Role.ASSISTANT, at="a.example", blobs=None):
    return ItemForm(named("openai"), at).said(Message(role=role, parts=parts), blobs or {})


def test_encrypted_reasoning_stands_in_front_of_what_it_led_to():
    assert [item["type"] for item in said(THOUGHT, CALL)] == ["reasoning", "function_call"]
    assert [item["type"] for item in said(THOUGHT, Text(text="x"), CALL)] == ["reasoning", "message", "function_call"]


def test_encrypted_reasoning_goes_to_nobody_else_and_never_alone():
    assert [item["type"] for item in said(THOUGHT, CALL, at="b.example")] == ["function_call"]
    assert said(THOUGHT) == []
    assert said(THOUGHT, Text(text="")) == []


def test_images_and_documents_of_a_user_are_sent_and_other_files_named():
    image = Image(handle="i", media_type="image/png")
    pdf = File(handle="p", name="a.pdf", media_type="application/pdf")
    text = File(handle="t", name="a.txt", media_type="text/plain")
    other = File(handle="o", name="a.bin")
    blobs = {"i": b"png", "p": b"pdf", "t": "grün".encode()}
    (item,) = said(image, pdf, text, other, role=Role.USER, blobs=blobs)
    assert item["content"] == [
        {"type": "input_image", "image_url": "data:image/png;base64,cG5n"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,cGRm"},
        {"type": "input_text", "text": "[file a.txt]\ngrün\n[end of a.txt]"},
        {"type": "input_text", "text": "[file a.bin, application/octet-stream]"},
    ]


def test_a_result_has_its_images_with_it():
    form = ItemForm()
    parts = (Text(text="seen"), Image(handle="i", media_type="image/png"))
    result = ToolResult(call="c", tool="look", outcome=Outcome.FAILED, parts=parts)
    item = form.result(result, {"i": b"png"})
    assert item["output"][0] == {"type": "input_text", "text": "[failed]\nseen"}
    assert item["output"][1]["type"] == "input_image"
    assert form.shown(result, {}) == []
    assert form.missing("c")["call_id"] == "c"
