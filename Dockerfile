# Three images from one file: `app` (the API and the worker), `web` (the page and its web server), `model` (the demo
# model). Packages are installed from the locks, with hashes. Base images are pinned by version; for reproducible builds
# pin their digests: --build-arg PYTHON=3.13.15-slim-trixie@sha256:…
ARG PYTHON=3.13.15-slim-trixie
ARG NODE=24.19.0-trixie-slim
ARG CADDY=2.11.7-alpine
ARG ALPINE=3.22.6

FROM docker.io/library/node:${NODE} AS page
WORKDIR /page
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web ./
RUN npm run build

FROM docker.io/library/python:${PYTHON} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv --without-pip /opt/venv
COPY requirements/app.lock requirements/traces.lock ./
RUN for lock in app traces; do \
      python -m pip --python /opt/venv install --require-hashes --no-deps --only-binary :all: --compile -r $lock.lock || exit 1; \
    done

FROM docker.io/library/python:${PYTHON} AS model-packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv --without-pip /opt/venv
COPY requirements/local.lock .
RUN python -m pip --python /opt/venv install --require-hashes --no-deps --only-binary :all: --compile -r local.lock

FROM docker.io/library/caddy:${CADDY} AS caddy
# A copy without the file capability of the original, which does not start where all capabilities are dropped.
RUN cp /usr/bin/caddy /caddy

FROM docker.io/library/python:${PYTHON} AS app
LABEL org.opencontainers.image.title="Holdfast" \
      org.opencontainers.image.description="A self-hosted AI chat that never loses an answer: API and worker" \
      org.opencontainers.image.licenses="MIT"
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY --from=page /page/dist web/dist
COPY api api
COPY chat chat
COPY worker worker
COPY pyproject.toml ./
RUN /opt/venv/bin/python -m compileall -q api chat worker
# A volume that is mounted here for the first time gets this owner.
RUN install -d -o 10001 -g 10001 -m 700 /files
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 LOG_FORMAT=json \
    HEALTH_FILE=/tmp/worker-health
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# For the API. For a worker use `python -S -m worker.health`.
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s \
    CMD ["python", "-S", "-m", "chat.http_probe", "8000", "/health/live"]
CMD ["python", "-m", "api"]

FROM docker.io/library/python:${PYTHON} AS model
LABEL org.opencontainers.image.title="Holdfast demo model" \
      org.opencontainers.image.description="SmolLM2-135M-Instruct, served by llama.cpp" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0"
# llama.cpp needs OpenMP.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=model-packages /opt/venv /opt/venv
WORKDIR /app
COPY chat/__init__.py chat/demo.py chat/http_probe.py chat/
COPY launcher launcher
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8080
# llama.cpp ignores SIGTERM as process 1, and has no state to save.
STOPSIGNAL SIGKILL
HEALTHCHECK --interval=10s --timeout=10s --start-period=5m \
    CMD ["python", "-S", "-m", "chat.http_probe", "8080", "/health"]
CMD ["python", "-m", "launcher.model", "8080", "0.0.0.0"]

FROM docker.io/library/alpine:${ALPINE} AS web
LABEL org.opencontainers.image.title="Holdfast web tier" \
      org.opencontainers.image.description="The page of Holdfast, and Caddy in front of any number of APIs" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0"
COPY --from=caddy /caddy /usr/bin/caddy
COPY --from=caddy /etc/mime.types /etc/mime.types
COPY web/Caddyfile /etc/caddy/Caddyfile
COPY --from=page /page/dist /srv
ENV XDG_CONFIG_HOME=/tmp XDG_DATA_HOME=/tmp
USER 10001:10001
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8081/health/live"]
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
