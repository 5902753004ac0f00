"""The pages: who reads their bucket, what browsers may do with them, and who may call the API."""

import re

import pytest

from tests.template.template_file import Node, defaults, holds, of_type, resolve, written

CLOUDFRONT = {"PagesDistribution.DomainName": "d1234.cloudfront.net"}
ACCOUNT = {"AWS::Partition": "aws", "AWS::AccountId": "111122223333"}
OWN_DOMAIN = {
    "PagesDomain": "chat.example.com",
    "PagesCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1b2c",
}
POLICIES = of_type(written(), "AWS::CloudFront::ResponseHeadersPolicy")


def properties(name: str, **given: str) -> Node:
    """A resource's properties with these parameters, and the defaults of the others."""
    values = {**defaults(**given), **CLOUDFRONT, **ACCOUNT}
    found: Node = resolve(written()["Resources"][name]["Properties"], values)
    return found


def distribution(**given: str) -> Node:
    config: Node = properties("PagesDistribution", **given)["DistributionConfig"]
    return config


def behaviors(**given: str) -> dict[str, Node]:
    """What the distribution does by path pattern; the pattern of all other paths is empty."""
    config = distribution(**given)
    others = {behavior["PathPattern"]: behavior for behavior in config["CacheBehaviors"]}
    return {"": config["DefaultCacheBehavior"], **others}


def headers(policy: str, **given: str) -> Node:
    config: Node = properties(policy, **given)["ResponseHeadersPolicyConfig"]
    return config


def content_security_policy(policy: str, **given: str) -> dict[str, list[str]]:
    """Sources by directive."""
    security = headers(policy, **given)["SecurityHeadersConfig"]
    text: str = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    directives = (directive.split() for directive in text.split(";"))
    return {name: sources for name, *sources in directives}


def custom_headers(policy: str) -> dict[str, str]:
    items = headers(policy)["CustomHeadersConfig"]["Items"]
    return {item["Header"]: item["Value"] for item in items}


def allowed_origins(**given: str) -> list[str] | None:
    cors = properties("HttpApi", **given).get("CorsConfiguration")
    origins: list[str] | None = cors["AllowOrigins"] if cors else None
    return origins


def desk_url(**given: str) -> str:
    variables = properties("AdvanceEscalation", **given)["Environment"]["Variables"]
    return str(variables["DESK_URL"])


# --- the bucket -----------------------------------------------------------------------------------


def test_the_bucket_is_read_by_this_distribution_and_nobody_else() -> None:
    policy = properties("PagesBucketPolicy")["PolicyDocument"]

    (allowed,) = [s for s in policy["Statement"] if s["Effect"] == "Allow"]

    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Condition"]["StringEquals"] == {
        "aws:SourceArn": "arn:aws:cloudfront::111122223333:distribution/PagesDistribution"
    }


def test_cloudfront_signs_what_it_asks_the_bucket() -> None:
    access = properties("PagesAccess")["OriginAccessControlConfig"]
    (origin,) = distribution()["Origins"]

    assert access["SigningBehavior"] == "always"
    assert origin["OriginAccessControlId"] == "PagesAccess.Id"
    assert origin["DomainName"] == "PagesBucket.RegionalDomainName"


def test_switched_off_nothing_of_the_pages_is_there() -> None:
    made = {
        name
        for name, resource in written()["Resources"].items()
        if name.startswith("Pages") or resource["Type"].startswith("AWS::CloudFront::")
    }

    assert len(made) == 7
    for name in made:
        assert not holds(written()["Resources"][name]["Condition"], defaults(PagesModule="off"))


# --- the distribution -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", behaviors())
def test_a_page_is_read_over_tls_and_compressed(path: str) -> None:
    behavior = behaviors()[path]

    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    assert behavior["Compress"] is True


def test_old_tls_is_refused() -> None:
    assert distribution()["HttpVersion"] == "http2and3"
    assert distribution(**OWN_DOMAIN)["ViewerCertificate"] == {
        "AcmCertificateArn": OWN_DOMAIN["PagesCertificateArn"],
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    }


def test_a_domain_of_ones_own_is_an_alias() -> None:
    assert distribution(**OWN_DOMAIN)["Aliases"] == ["chat.example.com"]
    assert "Aliases" not in distribution()
    assert distribution()["ViewerCertificate"]["CloudFrontDefaultCertificate"] is True


@pytest.mark.parametrize("given", [{}, *({name: OWN_DOMAIN[name]} for name in OWN_DOMAIN)])
def test_a_domain_and_its_certificate_go_together(given: dict[str, str]) -> None:
    (rule,) = written()["Rules"]["PagesDomainNeedsItsCertificate"]["Assertions"]

    assert holds(rule["Assert"], defaults(**given)) == (not given)
    assert holds(rule["Assert"], defaults(**OWN_DOMAIN))


def test_what_is_not_there_is_said_so() -> None:
    answers = distribution()["CustomErrorResponses"]

    # S3 says 403 of a missing key to whoever may not list the bucket.
    assert {answer["ErrorCode"] for answer in answers} == {403, 404}
    assert {answer["ResponseCode"] for answer in answers} == {404}


# --- what browsers are told -----------------------------------------------------------------------

PAGES = ["ChatHeaders", "DeskHeaders"]


@pytest.mark.parametrize("policy", PAGES)
def test_only_files_of_the_pages_own_run_or_style_them(policy: str) -> None:
    directives = content_security_policy(policy)

    assert {name: directives[name] for name in ("script-src", "style-src", "font-src")} == {
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
    }
    for name in ("object-src", "frame-src", "worker-src", "base-uri", "form-action"):
        assert directives[name] == ["'none'"]
    assert "unsafe" not in str(directives)


@pytest.mark.parametrize("policy", PAGES)
def test_where_a_page_connects_to_is_left_to_the_page_itself(policy: str) -> None:
    directives = content_security_policy(policy)

    # Two policies are obeyed both: with one of these the page's own could allow nothing.
    assert not directives.keys() & {"default-src", "connect-src"}


@pytest.mark.parametrize("policy", POLICIES)
def test_every_file_has_the_headers_that_keep_browsers_careful(policy: str) -> None:
    security = headers(policy)["SecurityHeadersConfig"]

    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 365 * 24 * 3600
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "same-origin"
    assert all(part["Override"] is True for part in security.values())
    assert "ContentTypeOptions" in security


@pytest.mark.parametrize("policy", PAGES)
def test_a_page_may_use_no_device(policy: str) -> None:
    features = custom_headers(policy)["Permissions-Policy"].split(", ")

    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(features)


def test_the_chat_is_framed_by_the_named_origins_only() -> None:
    origins = "https://www.example.com,https://shop.example.com"

    assert content_security_policy("ChatHeaders")["frame-ancestors"] == ["'self'"]
    assert content_security_policy("ChatHeaders", WidgetOrigins=origins)["frame-ancestors"] == [
        "'self'",
        *origins.split(","),
    ]


@pytest.mark.parametrize("path", ["/desk*", "/review*"])
def test_pages_of_people_who_sign_in_are_framed_by_nobody(path: str) -> None:
    given = {"WidgetOrigins": "https://www.example.com"}

    assert behaviors()[path]["ResponseHeadersPolicyId"] == "DeskHeaders"
    assert content_security_policy("DeskHeaders", **given)["frame-ancestors"] == ["'none'"]
    frames = headers("DeskHeaders")["SecurityHeadersConfig"]["FrameOptions"]
    assert frames["FrameOption"] == "DENY"


def test_only_the_widgets_loader_may_be_loaded_from_elsewhere() -> None:
    shared = {
        path: custom_headers(behavior["ResponseHeadersPolicyId"])["Cross-Origin-Resource-Policy"]
        for path, behavior in behaviors().items()
    }

    assert shared == {
        "": "same-origin",
        "/desk*": "same-origin",
        "/review*": "same-origin",
        "/models*": "same-origin",
        "/widget.js": "cross-origin",
    }


# --- who may call the API -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ({}, ["https://d1234.cloudfront.net"]),
        (OWN_DOMAIN, ["https://chat.example.com"]),
        (
            {"AllowedOrigins": "https://www.example.com,http://localhost:5173"},
            [
                "https://d1234.cloudfront.net",
                "https://www.example.com",
                "http://localhost:5173",
            ],
        ),
        (
            {"PagesModule": "off", "AllowedOrigins": "https://www.example.com"},
            ["https://www.example.com"],
        ),
        ({"PagesModule": "off"}, None),
    ],
)
def test_the_api_is_called_by_the_pages_and_by_the_teams_own(
    given: dict[str, str], origins: list[str] | None
) -> None:
    assert allowed_origins(**given) == origins


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "https://d1234.cloudfront.net"),
        (OWN_DOMAIN, "https://chat.example.com"),
        ({"DeskUrl": "https://desk.example.com"}, "https://desk.example.com"),
        ({"PagesModule": "off"}, ""),
    ],
)
def test_mails_lead_to_the_desk_that_there_is(given: dict[str, str], url: str) -> None:
    assert desk_url(**given) == url


@pytest.mark.parametrize("name", ["AllowedOrigins", "WidgetOrigins"])
@pytest.mark.parametrize(
    "value",
    [
        "*",
        "www.example.com",
        "https://www.example.com/",
        "https://www.example.com, https://b.example",
        "https://www.example.com; script-src *",
        "https://www.example.com script-src",
        "'unsafe-inline'",
    ],
)
def test_what_is_no_origin_is_refused(name: str, value: str) -> None:
    pattern: str = written()["Parameters"][name]["AllowedPattern"]

    assert re.search(pattern, "https://www.example.com:8443,http://localhost:5173")
    assert not re.search(pattern, value)
