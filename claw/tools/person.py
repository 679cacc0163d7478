"""AskUserQuestion, EnterPlanMode, ExitPlanMode, SendUserMessage: what passes between model and person, as events."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared


class OptionArguments(Arguments, frozen=True):
    label: Annotated[str, Meta(min_length=1, description="The answer, in one to five words")]
    description: Annotated[str, Meta(description="What choosing it would mean")] | None = None


class QuestionArguments(Arguments, frozen=True, rename={"several": "multiSelect"}):
    question: Annotated[str, Meta(min_length=1, description="The whole question")]
    header: Annotated[str, Meta(description="A word or two that stand for it")]
    options: Annotated[tuple[OptionArguments, ...], Meta(min_length=2, max_length=4, description="What to choose from")]
    several: Annotated[bool, Meta(description="More than one option may be chosen")] = False


class AskArguments(Arguments, frozen=True):
    questions: Annotated[tuple[QuestionArguments, ...], Meta(min_length=1, max_length=4, description="What you ask")]


class AskUserQuestion(Declared):
    """Has nothing to run: `claw.decide.questions` derives what follows."""

    spec = ToolSpec(
        name="AskUserQuestion",
        description=(
            "Ask the user what you cannot find out yourself and should not guess: what is wanted, which of several "
            "ways to go. The user chooses among your options or answers in own words, so give no option for that. Put "
            "the one you recommend first, and say so in its label. It is not for leave to use a tool: claw asks that."
        ),
        schema=schema_of(AskArguments),
        traits=Traits(
            footprint="none", performer="decide", effect="ask", shown=Shown(line="questions", item="question")
        ),
    )
    arguments: type[Arguments] = AskArguments


class NoArguments(Arguments, frozen=True):
    pass


class EnterPlanMode(Declared):
    """Has nothing to run: `claw.decide.plans` derives what follows."""

    spec = ToolSpec(
        name="EnterPlanMode",
        description=(
            "Ask the user to go into plan mode, where nothing is changed until the user has accepted a plan. For tasks "
            "with several ways to do them, or many files to change; not for small or plain ones."
        ),
        schema=schema_of(NoArguments),
        traits=Traits(footprint="none", performer="decide", effect="enter_plan"),
    )
    arguments: type[Arguments] = NoArguments


class PlanArguments(Arguments, frozen=True):
    plan: Annotated[str, Meta(min_length=1, description="The plan, in Markdown, short and whole")]


class ExitPlanMode(Declared):
    """Has nothing to run: `claw.decide.plans` derives what follows."""

    spec = ToolSpec(
        name="ExitPlanMode",
        description=(
            "In plan mode, put your plan before the user, who accepts it, changes it or refuses it. Only an accepted "
            "plan ends plan mode. Use it once the plan is whole, and not where nothing is to be changed."
        ),
        schema=schema_of(PlanArguments),
        traits=Traits(footprint="none", performer="decide", effect="propose_plan", shown=Shown(line="plan")),
    )
    arguments: type[Arguments] = PlanArguments


class MessageArguments(Arguments, frozen=True):
    message: Annotated[str, Meta(min_length=1, description="What the user should see, in Markdown")]


class SendUserMessage(Declared):
    """Has nothing to run: `claw.decide.questions` derives what follows."""

    spec = ToolSpec(
        name="SendUserMessage",
        description="Show the user something at once while you work on, as where something is found that cannot wait.",
        schema=schema_of(MessageArguments),
        traits=Traits(footprint="none", performer="decide", effect="tell_user", shown=Shown(line="message")),
    )
    arguments: type[Arguments] = MessageArguments
