"""What goes wrong with a language model, as one kind of error with stable codes."""

from __future__ import annotations

from robomatrix_py.contracts.errors import PlanError


class ModelFault(PlanError):
    """The model gave no plan that can be used. The code says why.

    ====================== =====================================================================
    PLAN.MODEL_UNREACHABLE no connection, or it broke off
    PLAN.MODEL_TIMEOUT     no complete reply within the budget
    PLAN.MODEL_KEY_REFUSED 401 or 403
    PLAN.MODEL_NOT_FOUND   404: no such path or model
    PLAN.MODEL_REDIRECTED  3xx: nothing is followed, a key goes to one host only
    PLAN.MODEL_BUSY        429, and no time left to wait
    PLAN.MODEL_ERROR       any other status
    PLAN.MODEL_TOO_LONG    the reply is beyond `answer_max_bytes`
    PLAN.MODEL_UNREADABLE  the reply is not the JSON object that the protocol asks for
    PLAN.MODEL_REJECTED    every answer was rejected, the last for the reason given
    ====================== =====================================================================

    Args:
        what: One sentence.
        code: The code without its family.
        where: The endpoint.
        is_transient: Whether asking again may help.
        retry_after_s: How long the server asks to wait, or None.
        status: HTTP status, or 0.
    """

    def __init__(
        self,
        what: str,
        code: str,
        *,
        where: str = "",
        is_transient: bool = False,
        retry_after_s: float | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(what, where=where, code=code)
        self.is_transient = is_transient
        self.retry_after_s = retry_after_s
        self.status = status
