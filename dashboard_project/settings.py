"""Django's settings for this deployment. `env` reads the values that differ between machines."""

from pathlib import Path

from broadcast.stores.private_files import PrivateConnection
from broadcast.stores.redis.address import layer_hosts
from dashboard_project import env

BASE_DIR = Path(__file__).resolve().parent.parent
IS_CHECKOUT = (BASE_DIR / "manage.py").exists()  # otherwise an installed wheel
# A wheel has no default: the current folder differs from start to start, and boards would be empty.
DATA_DIR = env.read_folder("STICKYBOARD_DATA", BASE_DIR / "var" if IS_CHECKOUT else None)

DEBUG = env.read_bool("STICKYBOARD_DEBUG", default=False)
SECRET_KEY = env.read_secret("STICKYBOARD_SECRET_KEY", is_needed=not DEBUG)
ALLOWED_HOSTS = env.read_list("STICKYBOARD_HOSTS", "localhost,127.0.0.1,[::1]")
# What messages call a setting in this deployment.
ENVIRONMENT_NAMES = {
    "ALLOWED_HOSTS": "STICKYBOARD_HOSTS",
    "CSRF_TRUSTED_ORIGINS": "STICKYBOARD_TRUSTED_ORIGINS",
    "SECURE_PROXY_SSL_HEADER": "STICKYBOARD_HTTPS",
}
FORCE_SCRIPT_NAME = env.read_prefix("STICKYBOARD_PREFIX")
CSRF_TRUSTED_ORIGINS = env.read_list("STICKYBOARD_TRUSTED_ORIGINS")
IS_HTTPS = env.read_bool("STICKYBOARD_HTTPS", default=False)

INSTALLED_APPS = [
    "daphne",  # for WebSockets under `manage.py runserver`; only if it is installed
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "broadcast",
    "producers_api",
    "dashboard_project",
]
try:
    import daphne  # noqa: F401  # an optional dependency
except ImportError:
    INSTALLED_APPS.remove("daphne")

MIDDLEWARE = [
    "broadcast.page.unknown_host.refuse_unknown_host",  # first, as the others ask for the host
    "broadcast.page.password_hashing.bounded_hashing",  # early, as the others take a thread
    "django.middleware.security.SecurityMiddleware",
    "broadcast.page.static_files.ServeFiles",
    "broadcast.page.csp.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "dashboard_project.urls"
ASGI_APPLICATION = "dashboard_project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"] if IS_CHECKOUT else [],  # in a wheel they are inside the app
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Users, sessions and producer tokens; the state of the boards is in CACHES["sticky"].
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "accounts.sqlite3",
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL",
            "transaction_mode": "IMMEDIATE",
            "factory": PrivateConnection,
        },
    }
}

# For more than one process: the store and the channel layer.
REDIS_URL = env.read_redis("REDIS_URL")
REDIS_PREFIX = env.read_text("STICKYBOARD_REDIS_PREFIX", "sticky")

STORES = {
    "sqlite": {"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": DATA_DIR / "sticky.sqlite3"},
    "redis": {"BACKEND": "broadcast.stores.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": REDIS_PREFIX},
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "sticky": STORES["redis" if REDIS_URL else "sqlite"],
    "logins": {  # login attempts; if it is full, a third of them is dropped
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "logins",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

LAYERS = {
    "local": {"BACKEND": "broadcast.delivery.local_layer.LocalChannelLayer"},
    "memory": {"BACKEND": "channels.layers.InMemoryChannelLayer"},
    "redis": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": layer_hosts(REDIS_URL) if REDIS_URL else [""], "prefix": REDIS_PREFIX},
    },
}
DEFAULT_LAYER = "redis" if REDIS_URL else "local"
CHANNEL_LAYERS = {"default": LAYERS[env.read_choice("STICKYBOARD_LAYER", DEFAULT_LAYER, tuple(LAYERS))]}

BROADCAST = {
    "EVENT_TYPES": "dashboard_project.event_types.EVENT_TYPES",
    "BOARDS": "dashboard_project.boards.BOARDS",
    "PROCESSES": env.read_count("WEB_CONCURRENCY", 1),
    "METRICS_TOKEN": env.read_text("STICKYBOARD_METRICS_TOKEN"),
    "REQUIRE_LOGIN": False if env.read_bool("STICKYBOARD_PUBLIC", default=False) else None,
}

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# Collected files are compressed and named by a hash of their content, so browsers cache them permanently. Otherwise,
# files are served from their source folders and checked for changes.
IS_COLLECTED = env.read_bool("STICKYBOARD_COLLECTED", default=False)
STATIC_STORAGE = "broadcast.page.static_files.CollectedFiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE if IS_COLLECTED else "broadcast.page.static_files.StaticFiles"},
}
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = not IS_COLLECTED
SERVESTATIC_MAX_AGE = 0

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Messages of the admin stay on the server instead of in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
STICKYBOARD_EMBEDDED_BY = env.read_origins("STICKYBOARD_EMBEDDED_BY")  # pages that may embed boards
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
# Probes, Prometheus and producers on the same machine bypass the proxy. Clients do not repeat a POST after a
# redirect, and curl exits with 0, so the event would be lost silently. The path here includes the prefix.
SECURE_REDIRECT_EXEMPT = [r"^(?!.*api/state/)(.+/)?(livez|readyz|healthz|metrics|api/events)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
# These affect every subdomain, and preloading takes months to undo.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.read_bool("STICKYBOARD_HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.read_bool("STICKYBOARD_HSTS_PRELOAD", default=False)
# Both are optional, so `check --deploy` does not require them.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "board-main"
AUTHENTICATION_BACKENDS = ["broadcast.page.login_throttle.BoundedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOG_FORMATTERS = {"line": "broadcast.ops.log_format.LineFormatter", "json": "broadcast.ops.log_format.JSONFormatter"}
LOG_FORMAT = env.read_choice("STICKYBOARD_LOG_FORMAT", "line", tuple(LOG_FORMATTERS))
LOG_LEVEL = env.read_choice("STICKYBOARD_LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR"))
# uvicorn configures its loggers before it imports this; use the same format for them.
SERVER_LOGGERS = ("uvicorn", "uvicorn.access") if LOG_FORMAT == "json" else ()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": LOG_FORMATTERS[LOG_FORMAT]}},
    "filters": {"strangers": {"()": "broadcast.ops.log_format.OncePerCause"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["strangers"]}},
    "loggers": {name: {"handlers": ["stderr"], "propagate": False} for name in SERVER_LOGGERS},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
