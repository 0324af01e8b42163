"""Translates the patterns of the registry's schemas, which Java reads, into the dialect of Rust's regex crate.

A translation accepts at least what the pattern accepts: what the crate lacks (looking around) or what costs much
(counting beyond MANY) is weakened, never sharpened. `None` says that nothing is left that could be refused, or that
the pattern cannot be read.
"""

import re

# Counting is unrolled by the crate; the lengths of texts are checked apart.
MANY = 40

CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": " \\t\\n\\x0B\\f\\r"}
ASCII = {"ASCII": "\\x00-\\x7F", "Alnum": "0-9A-Za-z", "Graph": "\\x21-\\x7E", "Print": "\\x20-\\x7E"}
SPECIAL = set("\\^$.|?*+()[]{}")


# What `translate` could not read.
left_out = set()


class Unreadable(Exception):
    pass


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def peek(self, count=1):
        return self.text[self.at : self.at + count]

    def take(self):
        if self.at >= len(self.text):
            raise Unreadable
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self):
        parts = [self.sequence()]
        while self.peek() == "|":
            self.take()
            parts.append(self.sequence())
        return "|".join(parts)

    def sequence(self):
        out = ""
        while self.at < len(self.text) and self.peek() not in ("|", ")"):
            atom = self.atom()
            repeat = self.repeat()
            # A look-around is an atom of nothing, which may not be repeated either.
            out += atom + (repeat if atom else "")
        return out

    def atom(self):
        char = self.take()
        if char == "(":
            return self.group()
        if char == "[":
            return self.group_of_chars()
        if char == "\\":
            return self.escape(inside=False)
        if char in "*+?":
            raise Unreadable
        return "\\" + char if char in "{}]" else char

    def group(self):
        opening = "(?:"
        if self.peek() == "?":
            self.take()
            kind = self.take()
            if kind == "<" and self.peek() in ("=", "!"):
                kind = self.take()
            if kind in "=!":
                self.alternatives()
                self.close()
                return ""
            if kind == "<":
                while self.take() != ">":
                    pass
            elif kind == "i" and self.peek() == ")":
                self.take()
                return "(?i)"
            elif kind != ":":
                raise Unreadable
        inner = self.alternatives()
        self.close()
        return opening + inner + ")"

    def close(self):
        if self.take() != ")":
            raise Unreadable

    def escape(self, inside):
        char = self.take()
        if char in CLASSES:
            return CLASSES[char] if inside else f"[{CLASSES[char]}]"
        if char in "DWS":
            return f"[^{CLASSES[char.lower()]}]"
        if char in "pP":
            if self.peek() != "{":
                raise Unreadable
            name = self.text[self.at + 1 : self.text.index("}", self.at)]
            self.at += len(name) + 2
            if name in ASCII:
                out = ASCII[name]
                if char == "P":
                    raise Unreadable
                return out if inside else f"[{out}]"
            name = name.removeprefix("Is")
            if not re.fullmatch(r"[A-Za-z]+", name):
                raise Unreadable
            return f"\\{char}{{{name}}}"
        if char in "tnrfv":
            return "\\x0B" if char == "v" else "\\" + char
        if char == "u":
            digits = self.peek(4)
            self.at += 4
            code = int(digits, 16)
            if 0xD800 <= code <= 0xDFFF:
                raise Unreadable
            return f"\\u{{{digits}}}"
        if char == "x":
            digits = self.peek(2)
            self.at += 2
            return f"\\x{digits}"
        if char in "bBAzZ":
            if inside:
                raise Unreadable
            return "\\z" if char == "Z" else "\\" + char
        if char.isalnum():
            raise Unreadable
        return "\\" + char if char in SPECIAL or (inside and char in "-&~") else char

    def group_of_chars(self):
        out = "["
        if self.peek() == "^":
            out += self.take()
        first = True
        while first or self.peek() != "]":
            char = self.take()
            if char == "\\":
                out += self.escape(inside=True)
            elif char == "[" and self.peek() == ":":
                raise Unreadable
            elif char in "[]&~":
                out += "\\" + char
            elif char == "-" and (first or self.peek() in ("]", "[", "-")):
                out += "\\-"
            else:
                out += char
            first = False
        self.take()
        # A dash beside a class, as in `[\w-.]`, stands for itself.
        return re.sub(r"(0-9A-Za-z_|(?<=[\[^])0-9|\\r)-(?=.)", r"\1\\-", out + "]")

    def repeat(self):
        char = self.peek()
        out = ""
        if char and char in "*+?":
            out = self.take()
        elif char == "{":
            counted = re.match(r"\{(\d+)(,?)(\d*)\}", self.text[self.at :])
            if not counted:
                raise Unreadable
            self.at += counted.end()
            least, comma, most = int(counted[1]), counted[2], counted[3]
            most = None if comma and not most else int(most or least)
            if most is not None and most > MANY:
                most = None
            least = min(least, MANY)
            if (least, most) == (0, None):
                out = "*"
            elif (least, most) == (1, None):
                out = "+"
            elif least == most:
                out = f"{{{least}}}"
            else:
                out = f"{{{least},{'' if most is None else most}}}"
        # Whether a repetition is lazy or possessive does not change what matches.
        if out and self.peek() and self.peek() in "?+":
            self.take()
        return out


def translate(pattern):
    reader = Reader(pattern)
    try:
        out = reader.alternatives()
        if reader.at != len(pattern):
            raise Unreadable
    except (Unreadable, ValueError):
        left_out.add(pattern)
        return None
    empty = re.fullmatch(r"[\^$]*(\.\*|\[\\s\\S\]\*|\(\?:\.\*\)|\[0-9A-Za-z_\^\]\*)?[\^$]*", out)
    return None if empty or out == "[\\s\\S]*" else out


def counted_class(pattern):
    """The length that a pattern says when it is nothing but one repeated class, as in `^[a-z]{1,64}$`."""
    found = re.fullmatch(r"\^(?:\[(?:[^\]\\]|\\.)+\]|\.|\\[wdS])\{(\d+),(\d*)\}\$", pattern)
    if not found:
        return {}
    return {"minLength": int(found[1]), **({"maxLength": int(found[2])} if found[2] else {})}
