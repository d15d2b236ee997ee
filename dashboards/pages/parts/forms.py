"""Decisions: who, what, and that they take effect with the next run."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from dashboards import actions, formats
from dashboards.pages.parts.context import Context
from warehouse.errors import VocError

CAUSES = (
    "awareness",
    "comprehension",
    "operation",
    "process",
    "fault",
    "policy",
    "trust",
    "service",
    "other",
)
STATUSES = ("open", "confirmed", "fixing", "fixed", "verified", "dismissed")
_WHO = "voc_person"


def _person(c: Context, key: str) -> str:
    """Who decides: asked once a session."""
    known = st.session_state.get(_WHO, c.setup.person)
    name = st.text_input(c.w("decide.by"), value=known, key=f"{key}_by", max_chars=60)
    return str(name).strip()


def _submit(c: Context, key: str, kind: str, target: str, value: Mapping[str, Any], by: str) -> bool:
    if not by:
        st.error(c.w("decide.who"))
        return False
    try:
        actions.decide(c.setup, by=by, kind=kind, target=target, value=value)
    except VocError as error:
        st.error(error.message)
        return False
    st.session_state[_WHO] = by
    st.success(c.w("decide.done"), icon=":material/check_circle:")
    return True


def _look_only(c: Context) -> bool:
    if c.setup.may_decide:
        return False
    st.caption(c.w("decide.look_only"))
    return True


def waiting(c: Context, *targets: str) -> list[dict[str, Any]]:
    """Decisions about these that wait for the next run, shown with who and when."""
    try:
        found = actions.about(actions.pending(c.setup, c.warehouse), *targets)
    except VocError:
        return []
    for row in found:
        text = c.w(
            "decide.waiting",
            by=row["by"],
            at=formats.moment(row["at"], c.warehouse.timezone),
            what=describe(c, row["kind"], row["value"]),
        )
        st.html(f"<p class='voc-note'>⏳ {escape(text)}</p>")
    return found


def describe(c: Context, kind: str, value: Mapping[str, Any]) -> str:
    """A decision in words."""
    parts = [c.w.of("decision", kind)]
    if "status" in value:
        parts.append(c.w.of("status", value["status"]))
    if "owner" in value:
        parts.append(f"{c.w('owner')} {value['owner']}")
    if "product" in value or "step" in value:
        parts.append(c.names.place(value.get("product"), value.get("step")))
    if "cause" in value:
        parts.append(c.names.cause(value["cause"]))
    if "label" in value:
        parts.append(str(value["label"]))
    if "into" in value:
        parts.append(c.names.topic(value["into"]))
    if "note" in value:
        parts.append(str(value["note"]))
    return " · ".join(parts)


def status_form(c: Context, obstacle_id: str, status: str, owner: str | None) -> None:
    """Status, owner and note of an obstacle."""
    if _look_only(c):
        return
    with st.form(f"status_{obstacle_id}", border=False):
        chosen = st.selectbox(
            c.w("status"), STATUSES, index=STATUSES.index(status) if status in STATUSES else 0,
            format_func=lambda v: c.w.of("status", v),
        )  # fmt: skip
        who = st.text_input(c.w("owner"), value=owner or "", max_chars=60)
        note = st.text_input(c.w("note"), max_chars=300)
        by = _person(c, f"status_{obstacle_id}")
        if st.form_submit_button(c.w("decide.save"), type="primary"):
            value = {"status": chosen, "owner": who.strip(), "note": note.strip()}
            _submit(c, "status", "status", obstacle_id, value, by)


def correction_form(c: Context, row: Mapping[str, Any]) -> None:
    """The right step and cause of one inquiry."""
    with st.expander(c.w("correct.title"), icon=":material/edit:"):
        waiting(c, row["inquiry_id"])
        if _look_only(c):
            return
        places: list[tuple[str, str]] = [(p, s) for p in c.names.products for s in c.names.steps(p)]
        here = (row["product"], row["step"])
        with st.form("correct", border=False):
            chosen = st.selectbox(
                c.w("correct.step"), places, index=places.index(here) if here in places else None,
                format_func=lambda v: c.names.place(*v), placeholder=c.w("correct.choose"),
            )  # fmt: skip
            cause = st.selectbox(
                c.w("correct.cause"), CAUSES, index=CAUSES.index(row["cause"]) if row["cause"] in CAUSES else None,
                format_func=c.names.cause, placeholder=c.w("correct.choose"),
            )  # fmt: skip
            by = _person(c, "correct")
            if st.form_submit_button(c.w("decide.save"), type="primary"):
                value: dict[str, Any] = {"day": row["day"].isoformat()}
                if chosen is not None and tuple(chosen) != here:
                    value |= {"product": chosen[0], "step": chosen[1]}
                if cause is not None and cause != row["cause"]:
                    value["cause"] = cause
                if len(value) == 1:
                    st.info(c.w("correct.same"))
                else:
                    _submit(c, "correct", "correct", row["inquiry_id"], value, by)


def topic_forms(c: Context, topic_id: str, label: str) -> None:
    """Rename, merge or retire a topic; its id stays."""
    if _look_only(c):
        return
    rename, merge, retire = st.tabs([c.w("topic.rename"), c.w("topic.merge"), c.w("topic.retire")])
    with rename, st.form(f"rename_{topic_id}", border=False):
        name = st.text_input(c.w("topic.new_name"), value=label, max_chars=80)
        by = _person(c, f"rename_{topic_id}")
        if st.form_submit_button(c.w("decide.save"), type="primary") and name.strip():
            _submit(c, "rename", "topic_rename", topic_id, {"label": name.strip()}, by)
    with merge, st.form(f"merge_{topic_id}", border=False):
        others = [other for other in c.names.topics() if other != topic_id]
        into = st.selectbox(
            c.w("topic.into"),
            others,
            index=None,
            format_func=c.names.topic,
            placeholder=c.w("correct.choose"),
        )
        by = _person(c, f"merge_{topic_id}")
        if st.form_submit_button(c.w("decide.save"), type="primary") and into:
            _submit(c, "merge", "topic_merge", topic_id, {"into": into}, by)
    with retire, st.form(f"retire_{topic_id}", border=False):
        st.caption(c.w("topic.retire_means"))
        by = _person(c, f"retire_{topic_id}")
        if st.form_submit_button(c.w("topic.retire"), type="secondary"):
            _submit(c, "retire", "topic_retire", topic_id, {}, by)
