"""Which setting has which value? Every one is here and read from the environment (docs/operations.md lists them)."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import environ

from crm import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# ── where we are ────────────────────────────────────────────────────────────────────────────────────────────────
DEBUG = env.bool("DEBUG", False)
STATE_DIR = Path(env.str("CALLROOM_STATE", str(BASE_DIR / "var")))
# Keys made by ourselves go with a database made by ourselves; whoever names a database names the keys too.
IS_EMBEDDED = "DATABASE_URL" not in env.ENVIRON
SECRET_KEY = embedded.kept_key(STATE_DIR, "secret") if IS_EMBEDDED else env.str("SECRET_KEY")
ENCRYPTION_KEYS = [embedded.kept_key(STATE_DIR, "encryption")] if IS_EMBEDDED else env.list("ENCRYPTION_KEYS")
# A key of its own: with another one nobody on the list of the erased would be recognised.
SUPPRESSION_KEY = (
    embedded.kept_key(STATE_DIR, "suppression") if IS_EMBEDDED else env.str("SUPPRESSION_KEY", default=SECRET_KEY)
)

# Two host names, two cookies (contract, section 6): the office is never framed, the widget is nothing but framed.
OFFICE_ORIGIN = env.str("OFFICE_ORIGIN", "http://localhost:8000")
WIDGET_ORIGIN = env.str("WIDGET_ORIGIN", "http://widget.localhost:8000")
OFFICE_HOST = urlsplit(OFFICE_ORIGIN).netloc
WIDGET_HOST = urlsplit(WIDGET_ORIGIN).netloc
IS_TLS = OFFICE_ORIGIN.startswith("https:")
ALLOWED_HOSTS = [urlsplit(origin).hostname or "" for origin in (OFFICE_ORIGIN, WIDGET_ORIGIN)]
ROOT_URLCONF = "crm.urls"
WIDGET_URLCONF = "widget.urls"

# ── what we are made of ─────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "crm",
    "integrations",
    "widget",
    "crm.apps.SettingsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "crm.apps.SignInAttemptsConfig",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
]
MIDDLEWARE = [
    "crm.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "integrations.views.HooksMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.middleware.HostMiddleware",
    "crm.middleware.ContentSecurityPolicyMiddleware",
    "crm.sessions.HostSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "crm.sessions.SessionCsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.middleware.OfficeMiddleware",
]
WSGI_THREADS = env.int("WSGI_THREADS", 8)
RING_APPLICATION = "widget.ring.Ring"
STREAM_APPLICATION = "widget.stream.application"
HOOKS_APPLICATION = "integrations.receiver.application"
HOOKS_PER_SECOND = env.int("HOOKS_PER_SECOND", 500)
ASKING_PROCESSES = max(env.int("ASKING_PROCESSES", 1), 1)

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# ── what we keep ────────────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {
    "default": env.db_url("DATABASE_URL", embedded.database_url(STATE_DIR), engine="django.db.backends.postgresql")
}
DATABASES["default"] |= {
    # A worker keeps none (Celery closes what it opened); in a web process each thread keeps its own and looks whether
    # it still works before it is used again. There are as many as threads; taking one from a pool costs the card 60 µs.
    "CONN_MAX_AGE": None if env.bool("KEEP_CONNECTIONS", False) else 0,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        **DATABASES["default"].get("OPTIONS", {}),
        "server_side_binding": True,
        "prepare_threshold": 3,  # the card is planned once a connection, not once a call
        "connect_timeout": 3,
        "keepalives": 1,
        "tcp_user_timeout": 10_000,
        "options": "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s -c jit=off",
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", embedded.redis_url(STATE_DIR))

# ── who comes in ────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "crm:home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = env.int("LOGIN_ATTEMPTS", 10)
AXES_COOLOFF_TIME = 1 / 6  # hours
AXES_USERNAME_CALLABLE = "crm.sessions.attempted_username"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # crm.admin shows of its tables what unlocks somebody
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",  # its middleware only words an answer that our sign-in form words itself
    "security.W002",  # ContentSecurityPolicyMiddleware says who may frame a page, X-Frame-Options included
    "security.W003",  # SessionCsrfMiddleware is Django's own, and asks the session later
]

SESSION_ENGINE = "crm.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", 12) * 3600  # a shift, not a fortnight: desks are shared
SESSION_COOKIE_NAME = "__Host-callroom" if IS_TLS else "callroom"  # the office's; the widget's is in crm.sessions
SESSION_COOKIE_SECURE = IS_TLS
CSRF_USE_SESSIONS = True
CSRF_TRUSTED_ORIGINS = [OFFICE_ORIGIN, WIDGET_ORIGIN]

# ── what a browser may do ───────────────────────────────────────────────────────────────────────────────────────
STARTER = (BASE_DIR / "static" / "js" / "start.js").read_text()  # what a framed page does first stands in it
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'", f"'sha256-{b64encode(sha256(STARTER.encode()).digest()).decode()}'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "media-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_TLS
SECURE_HSTS_PRELOAD = IS_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None

# ── where we may go: exact scheme://host:port exceptions to "https and public addresses only" (threat 11) ────────
ALLOWED_EGRESS = env.list("ALLOWED_EGRESS", default=[])

# ── words, numbers, times ───────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "Europe/Prague")

# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# To this machine's own browser nothing is sent compressed: that takes a second to get ready instead of ten.
STATIC_STORAGE = (
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    if IS_EMBEDDED
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": env.str("STATIC_STORAGE", STATIC_STORAGE)},
}

# ── jobs: the truth is a row, Celery only wakes (contract, section 5) ───────────────────────────────────────────
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "callroom"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 150
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # our log lines are objects in the worker too
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3900,  # longer than any task; what a killed worker had taken the sweeper finds anyway
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "unacked_restore_throttle": 1,
}
# Tests turn these: how much shorter every wait is, how wrong our clock, and where a process may die (a folder).
WAIT_SCALE = env.float("WAIT_SCALE", 1.0)
CLOCK_SKEW_SECONDS = env.float("CLOCK_SKEW_SECONDS", 0.0)
CRASH_POINTS = env.str("CRASH_POINTS", "")
# Behind a worker that is away they do not pile up; behind one that is merely busy they have their turn.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds * WAIT_SCALE, "options": {"expires": seconds * WAIT_SCALE * 20}}
    for name, task, seconds in (
        ("sweep", "integrations.tasks.sweep", 30.0),
        ("tidy", "widget.tasks.tidy", 30.0),
        ("retain", "integrations.tasks.retain", 3600.0),
    )
}

# ── the REST API ────────────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["crm.api.formats.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crm.api.formats.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["crm.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "crm.api.paging.KeyPagination",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Callroom",
    "DESCRIPTION": "Contacts, accounts, calls, activities, tickets and tasks of a contact centre.\n\n"
    "Sign in with the office's session; what is written needs its CSRF token in X-CSRFToken. Everybody sees the "
    "records of their teams and those of no team; what one may not see does not exist. Lists come in pages: follow "
    "`next`. "
    "An absent key changes nothing, an unknown one is refused.\n\n"
    "What comes from a record's `master` is only read: a change of it is refused by its name, with the system to "
    "change it in; sent back as it is, it does no harm. Of people who asked to be erased nothing is kept again. "
    "The recording of an activity with `has_recording` is at /recordings/<id>/, which takes ranges.",
    "VERSION": "0.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api",
    "ENUM_NAME_OVERRIDES": {
        "ActivityStatus": "crm.models.activity.Activity.Status",
        "ActivityType": "crm.models.activity.Activity.Type",
        "CustomFieldKind": "crm.models.custom_field.CustomField.Kind",
        "NumberKind": "crm.models.phone.PhoneNumber.Kind",
        "TeamKind": "crm.models.user.Team.Kind",
        "TicketStage": "crm.models.ticket.Ticket.Stage",
    },
}

# ── logs: one JSON object a line, values as fields, never in the message (trap 32) ──────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "crm.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
}
