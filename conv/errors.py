"""The one exception of the core."""


class ConvError(ValueError):
    """A rule of convolution arithmetic was broken.

    The message has two parts: the rule, then what was received, as in
    ``Kernel is larger than the padded input. Received: input=(2, 2), kernel=(3, 3), padding=0.``
    """

    @classmethod
    def broken(cls, rule: str, **received: object) -> "ConvError":
        """Build the two-part message from the rule and the offending values.

        >>> raise ConvError.broken("Stride must be at least 1.", stride=0)
        Traceback (most recent call last):
        conv.errors.ConvError: Stride must be at least 1. Received: stride=0.
        """
        values = ", ".join(f"{name}={value!r}" for name, value in received.items())
        return cls(f"{rule} Received: {values}.")
