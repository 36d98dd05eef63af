"""How an answer ended, said to a person: one sentence for each ending that is not simply the end. Pure."""

from pegboard_sdk import Finish, Message


def sentence(message: Message, *, url: str, filtered_for: str = "") -> str:
    """The sentence; empty where the answer is complete."""
    model = message.model
    match message.finish:
        case Finish.LENGTH:
            made = f" after {message.usage.output} tokens" if message.usage else ""
            return (
                f"`{model}` reached its output limit{made}: the answer is cut off; raise `max_tokens`, or ask for less"
            )
        case Finish.FILTERED:
            why = f" ({filtered_for})" if filtered_for else ""
            return f"the content filter of {url} stopped the answer of `{model}`{why}: ask in other words"
        case Finish.REFUSED:
            return f"`{model}` refused to answer; what it says is its reason"
        case _:
            return ""
