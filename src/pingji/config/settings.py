"""Settings: everything a site may change comes from the environment, with a safe default."""

import ipaddress
import json
import os
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from pingji.config import clock
from pingji.config.places import for_exercises, home, secret, socket_folder
from pingji.config.postgres import DatabaseProblem, check_url

# This installation is for exercises: its time is simulated, and nothing leaves it.
EXERCISE = for_exercises()
if EXERCISE:
    clock.install()
DEBUG = os.environ.get("PINGJI_DEBUG") == "1"
SECRET_KEY = secret("secret_key")
IDENTITY_KEY = secret("identity_key")  # seals identity numbers; lost with it, they stay sealed
ALLOWED_HOSTS = os.environ.get("PINGJI_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("PINGJI_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "pingji.config",
    "pingji.console",
    "pingji.ground.directory",
    "pingji.ground.record",
    "pingji.ground.standards",
    "pingji.ground.notices",
    "pingji.monitor.surveillance",
    "pingji.monitor.opinion",
    "pingji.warn.alerts",
    "pingji.respond.incidents",
    "pingji.evaluate.scorecard",
    "pingji.evaluate.exercises",
    "pingji.integrations.cap",
    "procrastinate.contrib.django",
    "axes",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pingji.config.middleware.from_where",
    "pingji.config.middleware.chosen_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pingji.config.middleware.refusals",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "pingji.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pingji.console.context.console",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"


def database(url: str | None) -> dict[str, object]:
    """The database named by `PINGJI_DATABASE_URL`, else the embedded one on its socket."""
    settings: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
    if not url:
        return settings | {"NAME": "pingji", "USER": "pingji", "HOST": str(socket_folder())}
    try:
        check_url(url)
    except DatabaseProblem as problem:
        raise ImproperlyConfigured(str(problem)) from problem
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]  # as written: `hostname` would lower a socket's path
    if parts.port:
        place = place.removesuffix(f":{parts.port}")
    return settings | {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(place.strip("[]:")),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def json_setting(name: str, otherwise: object) -> object:
    """What a variable of the environment says in JSON."""
    try:
        return json.loads(os.environ[name]) if os.environ.get(name) else otherwise
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name}: {problem}") from problem


def networks(words: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks by their numbers, with commas between: 10.20.0.0/16,fd00::/8."""
    try:
        return [ipaddress.ip_network(word.strip()) for word in words.split(",") if word.strip()]
    except ValueError as problem:
        raise ImproperlyConfigured(f"PINGJI_NOTICE_NETWORKS: {problem}") from problem


DATABASES = {"default": database(os.environ.get("PINGJI_DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "directory:sign_in"
LOGIN_REDIRECT_URL = "console:home"
LOGOUT_REDIRECT_URL = "directory:sign_in"
AXES_FAILURE_LIMIT = int(os.environ.get("PINGJI_SIGN_IN_FAILURES", "5"))
AXES_COOLOFF_TIME = float(os.environ.get("PINGJI_LOCK_OUT_HOURS", "0.25"))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "pingji.config.middleware.locked_out"
AXES_VERBOSE = False
SESSION_COOKIE_AGE = int(os.environ.get("PINGJI_SESSION_HOURS", "12")) * 3600
if EXERCISE:
    # Days of the exercise pass in seconds: there a session lasts as long as browsers keep it, in
    # simulated years, and failed sign-ins are counted where the wall clock lets them run out.
    SESSION_COOKIE_AGE = 100 * 365 * 24 * 3600
    AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(home() / "cache"),
        }
    }
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("PINGJI_HTTPS") == "1"
# How long the code holds with which a screen on a wall is set up.
WALL_CODE_MINUTES = 100 * 365 * 24 * 60 if EXERCISE else 30
# Where the driver of an exercise is asked for what it does while nobody is connected.
EXERCISE_REQUESTS = home() / "requests"
# Borne by a screen on a wall, which reads the wall page and nothing else; as long as browsers keep.
WALL_COOKIE_NAME = "wall"
WALL_COOKIE_AGE = 400 * 24 * 3600
CSRF_FAILURE_VIEW = "pingji.config.middleware.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = os.environ.get("PINGJI_BEHIND_PROXY") == "1"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        # ECharts and MapLibre set style attributes on the elements they draw.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("PINGJI_TIME_ZONE", "Asia/Shanghai")
FIRST_DAY_OF_WEEK = 1

STATIC_URL = "/static/"
STATIC_ROOT = home() / "static"
# Names carry a hash of their content, so that browsers keep files until they change. Tests read
# the files where they lie.
COLLECTED = "pytest" not in sys.modules
STORAGES = {
    "default": {"BACKEND": "pingji.ground.directory.models.sealed_files.SealedStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_MANIFEST_STRICT = False
MEDIA_ROOT = home() / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "pingji.config.uploads.NamelessFileUploadHandler",
]
SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # HTTPS is the proxy's work (docs/how-to/run-for-real.md)
    "security.W008",  # likewise
    # The base address of FHIR is taken with and without its last slash: its others begin with one.
    "urls.W002",
]

# Ways by which notices leave (docs/how-to/notices.md); without a gateway nothing does.
NOTICE_MEANS = {
    "sms": "pingji.integrations.sms.send",
    "webhook": "pingji.integrations.webhooks.send",
}
NOTICE_SMS = {
    "url": "" if EXERCISE else os.environ.get("PINGJI_SMS_URL", ""),
    "token": os.environ.get("PINGJI_SMS_TOKEN", ""),
    "secret": os.environ.get("PINGJI_SMS_SECRET", ""),
    "sign_off": os.environ.get("PINGJI_SMS_SIGN_OFF", ""),
    "body": json_setting(
        "PINGJI_SMS_BODY", {"phone": "{phone}", "text": "{text}", "reference": "{key}"}
    ),
}
# Who speaks in warning messages: a name of the internet that is the installation's own.
CAP_SENDER = os.environ.get("PINGJI_CAP_SENDER", "pingji.invalid")
NOTICE_TIMEOUT_SECONDS = float(os.environ.get("PINGJI_NOTICE_TIMEOUT", "10"))
# Private networks in which systems may be told, beside all public addresses.
NOTICE_NETWORKS = networks(os.environ.get("PINGJI_NOTICE_NETWORKS", ""))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "pingji": {"level": "INFO"},
        "procrastinate": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
    },
}
