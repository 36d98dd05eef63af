"""A certificate for 127.0.0.1 that nobody trusts, and scripted servers that show it."""

import ssl
import subprocess


def certificate_in(folder):
    """The files of a certificate and of its key, made with openssl."""
    files = folder / "certificate.pem", folder / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=pegboard "
        f"-addext subjectAltName=IP:127.0.0.1 -out {files[0]} -keyout {files[1]}"
    )
    subprocess.run(command.split(), check=True, capture_output=True, timeout=60)
    return files


def over_tls(server, certificate):
    """A server that is not entered yet, made to speak TLS; its base URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    return server.url.replace("http:", "https:")
