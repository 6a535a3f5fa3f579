"""Computes arithmetic expressions. Pure, and within bounds of size and time."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

LONGEST = 500
"""Characters of an expression."""

MOST_DIGITS = 1000
"""Of a whole number, the results between among them."""

Number = int | float

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: lambda base, exponent: _power(base, exponent),
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(math, name)
        for name in ("sqrt", "log", "log2", "log10", "exp", "sin", "cos", "tan", "floor", "ceil")
    },
    **{"abs": abs, "round": round, "min": min, "max": max},
}
CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e}


class NotComputed(ValueError):
    """The expression cannot be computed; the message says why."""


def compute(expression: str) -> str:
    """Returns the value of an expression of numbers, + - * / // % **, parentheses and `FUNCTIONS`.

    Raises `NotComputed`.
    """
    if len(expression) > LONGEST:
        raise NotComputed(f"The expression has more than {LONGEST} characters.")
    try:
        return _shown(_value(ast.parse(expression.replace("^", "**").strip(), mode="eval").body))
    except (SyntaxError, RecursionError, MemoryError):
        raise NotComputed("This is no arithmetic expression.") from None
    except (ArithmeticError, TypeError, ValueError) as error:
        if isinstance(error, NotComputed):
            raise
        raise NotComputed(f"This has no value: {error}.") from None


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.BinOp(left, kind, right) if type(kind) in BINARY:
            return _bounded(BINARY[type(kind)](_value(left), _value(right)))
        case ast.UnaryOp(kind, operand) if type(kind) in UNARY:
            return _bounded(UNARY[type(kind)](_value(operand)))
        case ast.Call(ast.Name(id=name), arguments, []) if name in FUNCTIONS:
            return _bounded(FUNCTIONS[name](*map(_value, arguments)))
    raise NotComputed(f"Only numbers, + - * / // % **, parentheses and {', '.join(FUNCTIONS)} can be used.")


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > 4 * MOST_DIGITS:
        raise NotComputed("The result has too many digits.")
    return base**exponent


def _bounded(value: Any) -> Number:
    if isinstance(value, complex):
        raise NotComputed("The result is no real number.")
    if isinstance(value, int) and value.bit_length() > 4 * MOST_DIGITS:
        raise NotComputed("The result has too many digits.")
    return value  # type: ignore[no-any-return]


def _shown(value: Number) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return format(value, ".15g") if isinstance(value, float) else str(value)
