"""Secrets for tests, made as their makers make them and in parts, so that no scanner takes this file for a leak."""

import base64
import json
import random
import string
from urllib.parse import quote

LETTERS = string.ascii_letters + string.digits


def chosen(rng: random.Random, letters: str, size: int) -> str:
    """So many of these letters, a digit and a capital among them."""
    text = "".join(rng.choices(letters, k=size - 2))
    return text + rng.choice([c for c in letters if c.isdigit()] or list(letters)) + rng.choice(letters)


def pem(rng: random.Random, kind: str = "RSA ") -> str:
    body = base64.b64encode(rng.randbytes(600)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----{'BEGIN'} {kind}PRIVATE KEY-----", *lines, f"-----END {kind}PRIVATE KEY-----"])


def jwt(rng: random.Random) -> str:
    parts = [b'{"alg":"HS256"}', b'{"sub":"1234567890"}', rng.randbytes(32)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def tokens(rng: random.Random) -> dict[str, str]:
    """One of each maker whose tokens are known by how they look; the value is what must not be seen."""

    def some(start: str, size: int, letters: str = LETTERS) -> str:
        return start + chosen(rng, letters, size)

    hexes = "0123456789abcdef"
    word = LETTERS + "_-"
    return {
        "openai": some("sk-", 48),
        "openai project": some("sk-" + "proj-", 120, word),
        "anthropic": some("sk-" + "ant-api03-", 93, word),
        "openrouter": some("sk-" + "or-v1-", 64, hexes),
        "github": some("gh" + rng.choice("posur") + "_", 36),
        "github fine": some("github" + "_pat_", 82, LETTERS + "_"),
        "gitlab": some("gl" + "pat-", 20, LETTERS),
        "slack": "-".join(["xo" + "xb", *(chosen(rng, string.digits, 12) for _ in range(2)), chosen(rng, LETTERS, 24)]),
        "aws id": some("AK" + "IA", 16, string.ascii_uppercase + "234567"),
        "google": some("AI" + "za", 35, LETTERS),
        "google secret": some("GOC" + "SPX-", 28, LETTERS),
        "google access": some("ya" + "29.", 120, LETTERS),
        "pem": pem(rng),
        "openssh": pem(rng, "OPENSSH "),
        "pkcs8": pem(rng, ""),
        "jwt": jwt(rng),
        "stripe": some(rng.choice("sr") + "k_" + "live_", 24),
        "stripe hook": some("wh" + "sec_", 32),
        "twilio": some("S" + "K", 32, hexes),
        "sendgrid": f"{'SG'}.{chosen(rng, LETTERS, 22)}.{chosen(rng, LETTERS, 43)}",
        "npm": some("np" + "m_", 36),
        "pypi": some("py" + "pi-AgEIcHlwaS5vcmc", 140, LETTERS),
        "hugging face": some("h" + "f_A", 33, string.ascii_letters),
        "digitalocean": some("do" + "p_v1_", 64, hexes),
        "discord": f"M{chosen(rng, LETTERS, 25)}.{chosen(rng, LETTERS, 6)}.{chosen(rng, LETTERS, 38)}",
        "xai": some("x" + "ai-", 80),
        "groq": some("g" + "sk_", 52),
        "replicate": some("r" + "8_", 37),
        "perplexity": some("pp" + "lx-", 48),
        "shopify": some("shp" + "at_", 32, hexes),
        "docker": some("dckr" + "_pat_", 27, LETTERS),
        "vault": some("hv" + "s.", 90, LETTERS),
        "linear": some("lin_" + "api_", 40),
        "atlassian": some("ATA" + "TT3", 180, LETTERS),
        "age": some("AGE-" + "SECRET-KEY-1", 58, string.ascii_uppercase + string.digits),
    }


def in_context(rng: random.Random) -> dict[str, tuple[str, str]]:
    """Secrets that only what is around them gives away: the secret and the whole."""
    aws, azure, account = (
        chosen(rng, LETTERS + "+/", 40),
        quote(chosen(rng, LETTERS, 43) + "="),
        chosen(rng, LETTERS, 86),
    )
    telegram, hook, slack = ":AA" + chosen(rng, LETTERS, 33), chosen(rng, LETTERS, 68), chosen(rng, LETTERS, 24)
    password, basic = chosen(rng, LETTERS, 12), chosen(rng, LETTERS, 9)
    services = f"https://hooks.slack{'.com'}/services/T0AB12CD3/B0AB12CD3/{slack}"
    return {
        "aws": (aws, f"aws_secret_access_key = {aws}\n"),
        "aws shell": (aws, f'export AWS_SECRET_ACCESS_KEY="{aws}"\n'),
        "aws json": (aws, json.dumps({"SecretAccessKey": aws}) + "\n"),
        "azure": (azure, f"https://x.blob.core.windows.net/c?sv=2022&sig={azure}&se=1\n"),
        "azure account": (account, f"AccountName=x;AccountKey={account}==;EndpointSuffix=y\n"),
        "telegram": (telegram, f"https://api.telegram.org/bot1234567890{telegram}/getMe\n"),
        "discord hook": (hook, f"https://discord{'.com'}/api/webhooks/123456789012345678/{hook}\n"),
        "slack hook": (slack, services + "\n"),
        "database": (password, f"DATABASE_URL=postgres://app:{password}@db.example.org:5432/app\n"),
        "basic": (basic, f"git clone https://user:{basic}@git.example.org/x.git\n"),
        "redis": (password, f"redis://:{password}@cache:6379/0\n"),
        "service account": ((key := pem(rng, "").replace("\n", "\\n")), f'{{"private_key": "{key}\\n", "x": 1}}\n'),
    }


def encoded(rng: random.Random, secret: str) -> str:
    """The secret as one of the programs that spell it otherwise would print it, inside of something else."""
    raw = secret.encode()
    before, after = rng.randbytes(rng.randrange(4)), rng.randbytes(rng.randrange(4))
    standard = base64.b64encode(before + raw + after).decode()
    ways = [
        f"key: {secret}!",
        f'{{"key": {json.dumps(secret)}}}',
        f"q={quote(secret, safe='')}&x=1",
        f"Basic {standard}",
        base64.urlsafe_b64encode(before + raw + after).decode(),
        raw.hex(),
        raw.hex().upper(),
        "\n".join(standard[at : at + 20] for at in range(0, len(standard), 20)),
        " ".join(f"{byte:02x}" for byte in raw),
    ]
    return rng.choice(ways)
