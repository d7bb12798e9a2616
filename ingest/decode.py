"""Bytes of a file to normalised text, or a reason why they are not text."""

from __future__ import annotations

BYTE_ORDER_MARK = "\ufeff"


class NotText(ValueError):
    """The bytes are not text; the message says where and what to do."""


def decode(data: bytes) -> str:
    r"""Strict UTF-8 without BOM, with LF line ends; raises NotText naming the first bad byte.

    >>> decode(b"\xef\xbb\xbfone\r\ntwo\rthree")
    'one\ntwo\nthree'
    """
    if b"\x00" in data:
        msg = f"byte {data.index(0)} is NUL, so this is not a text file; remove it or convert the file to UTF-8 text"
        raise NotText(msg)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8; save the file as UTF-8"
        raise NotText(msg) from error
    return text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
