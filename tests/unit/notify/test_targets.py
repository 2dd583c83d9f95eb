"""Where a webhook may lead, and where not, however the address is written."""

from ipaddress import ip_address, ip_network

import pytest

from notify.domain.targets import TargetPolicy
from notify.errors import TargetRefused

PUBLIC = TargetPolicy()
LOOPBACK = TargetPolicy((ip_network("127.0.0.0/8"), ip_network("::1/128")))
INTRANET = TargetPolicy((ip_network("10.20.0.0/16"),))


@pytest.mark.parametrize(
    "url",
    [
        "http://agency.example/hook",
        "ftp://agency.example/",
        "file:///etc/passwd",
        "gopher://agency.example/",
        "//agency.example/",
        "agency.example/hook",
        "https://",
        "https:///hook",
        "https://user:word@agency.example/",
        "https://user@agency.example/",
        "https://agency.example/#part",
        "https://agency.example:99999/",
        "https://agency.example/ hook",
        "https://agency.example/\r\nx: y",
        "https://cơ-quan.example/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[ff02::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[2001:0:a00:1::]/",
        "http://localhost/",
        "http://127.0.0.1:8103/",
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(TargetRefused) as refusal:
        PUBLIC.url(url)
    assert url not in str(refusal.value.extra)


@pytest.mark.parametrize(
    "url",
    [
        "https://agency.example/hook?key=1",
        "https://agency.example:8443/hook",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
    ],
)
def test_taken(url: str) -> None:
    assert str(PUBLIC.url(url)) == url


def test_what_the_operator_allows_and_nothing_beside_it() -> None:
    for url in ("http://127.0.0.1:9000/", "http://localhost:9000/", "http://[::1]:9000/", "https://127.0.0.1/"):
        LOOPBACK.url(url)
    for url in ("http://10.20.0.1/", "http://agency.example/", "https://10.20.0.1/"):
        with pytest.raises(TargetRefused):
            LOOPBACK.url(url)
    INTRANET.url("https://10.20.3.4/hook")
    for url in ("https://10.21.0.1/", "http://10.20.3.4/", "http://localhost/"):
        with pytest.raises(TargetRefused):
            INTRANET.url(url)
    assert INTRANET.may_reach(ip_address("::ffff:10.20.0.1"))
    assert not INTRANET.may_reach(ip_address("::ffff:10.21.0.1"))
