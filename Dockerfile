# The app alone, as a person who may change nothing: docs/deploying.md.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 STREAMLIT_SERVER_HEADLESS=true
WORKDIR /app

COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY .streamlit .streamlit
COPY assets assets
COPY docs docs
COPY conv conv
COPY ui ui
COPY pages pages
COPY app.py LICENSE LICENSE-CC-BY-4.0 ./
# COPY keeps modes, and a checkout under umask 077 lets nobody else read; --chmod would want BuildKit.
RUN chmod -R a+rX .

# A home, for matplotlib's list of fonts and the data sets that are downloaded.
RUN useradd --create-home --uid 10001 visualiser
USER visualiser
RUN python -c "import matplotlib.font_manager"

EXPOSE 8501
# STREAMLIT_SERVER_BASE_URL_PATH, where it is set, stands before every path.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; p = os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'); r.urlopen('http://127.0.0.1:8501/' + (p and p + '/') + '_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.fileWatcherType=none"]
