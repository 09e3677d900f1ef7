"""Turns tokens into a compiled expression, by recursive descent along the grammar."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from contract.expressions import operators
from contract.expressions.functions import FUNCTIONS, Misused
from contract.expressions.reading import END, ExpressionError, Token, tokens
from contract.expressions.values import ARITHMETIC, FIELDS, Evaluate, Kind, Node

DEEPEST: Final = 30
KEYWORDS: Final = frozenset({"and", "or", "not", "true", "false"})
ANY_KIND: Final = "a number, a text or a field"


def parse(text: str, kind: Kind) -> Evaluate:
    """Compile a text whose value is to be of a kind.

    Raises:
        ExpressionError: it cannot be read, or is of another kind.
    """
    parser = _Parser(text)
    node = parser.expression()
    parser.expect_end()
    if node.kind is not kind:
        raise ExpressionError(f"A {kind} is needed, this is a {node.kind}", 1)
    return node.evaluate


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = next(self._tokens)
        self._depth = 0

    def expression(self) -> Node:
        left = self._both()
        while self._takes_word("or"):
            left = self._logical(operators.either, left, self._both)
        return left

    def expect_end(self) -> None:
        if self._next.kind != END:
            raise self._unexpected("the end or an operator")

    def _both(self) -> Node:
        left = self._negation()
        while self._takes_word("and"):
            left = self._logical(operators.both, left, self._negation)
        return left

    def _logical(
        self,
        combine: Callable[[Evaluate, Evaluate], Evaluate],
        left: Node,
        following: Callable[[], Node],
    ) -> Node:
        at = self._next.position
        right = following()
        self._demand(left, Kind.TRUTH, at)
        self._demand(right, Kind.TRUTH, at)
        return Node(Kind.TRUTH, combine(left.evaluate, right.evaluate))

    def _negation(self) -> Node:
        if not self._takes_word("not"):
            return self._comparison()
        at = self._next.position
        operand = self._nested(self._negation)
        self._demand(operand, Kind.TRUTH, at)
        return Node(Kind.TRUTH, operators.negated(operand.evaluate))

    def _comparison(self) -> Node:
        left = self._sum()
        mark = self._next
        compare = operators.COMPARISONS.get(mark.text) if mark.kind == "mark" else None
        if compare is None:
            return left
        self._advance()
        right = self._sum()
        if left.kind is not right.kind or left.kind is Kind.TRUTH:
            reason = f"A {left.kind} cannot be compared with a {right.kind}"
            raise ExpressionError(reason, mark.position)
        if left.kind is Kind.TEXT and mark.text in operators.ORDER:
            raise ExpressionError("Texts can be compared with == and != only", mark.position)
        return Node(Kind.TRUTH, operators.compared(compare, left.evaluate, right.evaluate))

    def _sum(self) -> Node:
        return self._chain(operators.ADDITIVE, self._product)

    def _product(self) -> Node:
        return self._chain(operators.MULTIPLICATIVE, self._sign)

    def _chain(
        self, marks: Mapping[str, operators.Arithmetic], operand: Callable[[], Node]
    ) -> Node:
        first = operand()
        steps: list[operators.Step] = []
        while self._next.kind == "mark" and self._next.text in marks:
            mark = self._advance()
            right = operand()
            self._demand(first, Kind.NUMBER, mark.position)
            self._demand(right, Kind.NUMBER, mark.position)
            steps.append((marks[mark.text], right.evaluate))
        if not steps:
            return first
        return Node(Kind.NUMBER, operators.chained(first.evaluate, steps))

    def _sign(self) -> Node:
        if not self._takes_mark("-"):
            return self._value()
        at = self._next.position
        operand = self._nested(self._sign)
        self._demand(operand, Kind.NUMBER, at)
        return Node(Kind.NUMBER, operators.computed(ARITHMETIC.minus, operand.evaluate))

    def _value(self) -> Node:
        token = self._advance()
        match token.kind:
            case "number":
                number = Decimal(token.text)
                return Node(Kind.NUMBER, operators.constant(number), number)
            case "text":
                return Node(Kind.TEXT, operators.constant(token.text[1:-1]))
            case "name" if self._takes_mark("("):
                return self._nested(lambda: self._call(token))
            case "name":
                return _named(token)
            case "mark" if token.text == "(":
                node = self._nested(self.expression)
                self._expect_mark(")")
                return node
        raise _unexpected(token, ANY_KIND)

    def _call(self, name: Token) -> Node:
        build = FUNCTIONS.get(name.text)
        if build is None:
            known = ", ".join(sorted(FUNCTIONS))
            reason = f"There is no function “{name.text}”; there are {known}"
            raise ExpressionError(reason, name.position)
        places = [self._next.position]
        arguments = [self.expression()]
        while self._takes_mark(","):
            places.append(self._next.position)
            arguments.append(self.expression())
        self._expect_mark(")")
        try:
            return build(arguments)
        except Misused as error:
            raise ExpressionError(str(error), places[error.argument]) from error

    def _nested(self, inner: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            reason = f"An expression is at most {DEEPEST} levels deep"
            raise ExpressionError(reason, self._next.position)
        node = inner()
        self._depth -= 1
        return node

    @staticmethod
    def _demand(node: Node, kind: Kind, at: int) -> None:
        if node.kind is not kind:
            raise ExpressionError(f"A {kind} is needed here, this is a {node.kind}", at)

    def _advance(self) -> Token:
        token = self._next
        if token.kind != END:
            self._next = next(self._tokens)
        return token

    def _takes_word(self, word: str) -> bool:
        return self._takes("name", word)

    def _takes_mark(self, mark: str) -> bool:
        return self._takes("mark", mark)

    def _takes(self, kind: str, text: str) -> bool:
        found = self._next.kind == kind and self._next.text == text
        if found:
            self._advance()
        return found

    def _expect_mark(self, mark: str) -> None:
        if not self._takes_mark(mark):
            raise self._unexpected(f"“{mark}”")

    def _unexpected(self, wanted: str) -> ExpressionError:
        return _unexpected(self._next, wanted)


def _named(token: Token) -> Node:
    if token.text in {"true", "false"}:
        return Node(Kind.TRUTH, operators.constant(token.text == "true"))
    kind = FIELDS.get(token.text)
    if kind is None and token.text in KEYWORDS:
        raise _unexpected(token, ANY_KIND)
    if kind is None:
        known = ", ".join(FIELDS)
        reason = f"There is no field “{token.text}”; there are {known}"
        raise ExpressionError(reason, token.position)
    return Node(kind, operators.field(token.text))


def _unexpected(token: Token, wanted: str) -> ExpressionError:
    found = "the end" if token.kind == END else f"“{token.text}”"
    return ExpressionError(f"Expected {wanted}, found {found}", token.position)
