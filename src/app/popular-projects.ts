/** Names of widely used projects, normalised: what a mistyped name is compared with where an index is too large to list. */
export const POPULAR_PROJECTS: readonly string[] = `
absl-py adal aenum aiobotocore aiofile aiofiles aiohappyeyeballs aiohttp aioitertools aiosignal aiosqlite
alembic altair amqp annotated-doc annotated-types anthropic antlr4-python3-runtime anyio
apache-airflow-providers-common-sql appdirs apscheduler argcomplete argon2-cffi argon2-cffi-bindings arrow
asgiref asn1crypto ast-serialize astroid asttokens async-lru async-timeout asyncpg attrs authlib
aws-sam-translator awscli awswrangler axiom-py azure-common azure-core azure-identity azure-keyvault-secrets
azure-mgmt-core azure-monitor-opentelemetry-exporter azure-storage-blob azure-storage-file-datalake
azure-storage-queue babel backoff backports-tarfile backports-zstd bcrypt beartype beautifulsoup4 billiard
black bleach blinker boto3 boto3-stubs botocore botocore-stubs bracex brotli build bytecode cachecontrol
cachetools caio cattrs cbor2 celery certifi cffi cfgv cfn-lint chardet charset-normalizer cleo click
click-didyoumean click-plugins click-repl cloudpickle cohere colorama coloredlogs colorlog comm
confluent-kafka contourpy coverage crashtest croniter cryptography cssselect2 cuda-bindings cuda-pathfinder
cwsandbox cycler cyclopts cython dacite databricks-sdk databricks-sql-connector databricks-sqlalchemy
dataclasses-json datadog datasets dateparser db-dtypes dbt-adapters dbt-common dbt-core ddtrace debugpy
decorator deepdiff defusedxml delta-spark deprecated deprecation dill diskcache distlib distro django
dnspython docker docstring-parser docutils duckdb dulwich durationpy ecdsa editables elastic-transport
elasticsearch email-validator entrypoints envier et-xmlfile exceptiongroup execnet executing faker fakeredis
fastapi fastapi-cli fastavro fastcore fastjsonschema fastmcp fastuuid filelock filetype findpython flake8
flask flask-cors flatbuffers flit-core fonttools fqdn freezegun frozenlist fsspec future gcloud-aio-auth
gcloud-aio-storage gcsfs gevent ghapi gitdb gitpython google-ads google-analytics-admin google-api-core
google-api-python-client google-auth google-auth-httplib2 google-auth-oauthlib google-cloud-aiplatform
google-cloud-appengine-logging google-cloud-audit-log google-cloud-automl google-cloud-batch
google-cloud-bigquery google-cloud-bigquery-datatransfer google-cloud-bigquery-storage google-cloud-bigtable
google-cloud-compute google-cloud-container google-cloud-core google-cloud-datacatalog
google-cloud-dataflow-client google-cloud-dataform google-cloud-dataproc-metastore google-cloud-dlp
google-cloud-kms google-cloud-language google-cloud-logging google-cloud-memcache google-cloud-monitoring
google-cloud-orchestration-airflow google-cloud-os-login google-cloud-pubsub google-cloud-redis
google-cloud-resource-manager google-cloud-run google-cloud-secret-manager google-cloud-spanner
google-cloud-speech google-cloud-storage google-cloud-storage-transfer google-cloud-tasks
google-cloud-texttospeech google-cloud-translate google-cloud-videointelligence google-cloud-vision
google-cloud-workflows google-crc32c google-genai google-resumable-media googleapis-common-protos graphene
graphql-core graphql-relay graphviz greenlet griffelib grpc-google-iam-v1 grpcio grpcio-health-checking
grpcio-status grpcio-tools grpclib gspread gunicorn h11 h2 h5py hatchling hf-xet hpack html5lib httpcore
httplib2 httptools httpx httpx-sse huggingface-hub humanfriendly humanize hyperframe hypothesis identify idna
ijson imageio importlib-metadata importlib-resources inflection iniconfig installer invoke ipykernel ipython
ipython-pygments-lexers ipywidgets iso8601 isodate isoduration isort itsdangerous jaraco-classes
jaraco-context jaraco-functools jax jaxlib jedi jeepney jinja2 jiter jmespath joblib joserfc json5 jsonpatch
jsonpath-ng jsonpointer jsonref jsonschema jsonschema-path jsonschema-specifications jupyter jupyter-client
jupyter-core jupyter-events jupyter-lsp jupyter-server jupyter-server-terminals jupyterlab jupyterlab-pygments
jupyterlab-server jupyterlab-widgets keyring kiwisolver kombu kubernetes langchain langchain-community
langchain-core langchain-openai langchain-protocol langchain-text-splitters langgraph langgraph-checkpoint
langgraph-prebuilt langgraph-sdk langsmith lark lazy-object-proxy libcst librt limits linkify-it-py litellm
llama-cloud-services llama-index-indices-managed-llama-cloud llama-parse llvmlite loguru lxml lz4 mako
markdown markdown-it-py markdownify markupsafe marshmallow mashumaro matplotlib matplotlib-inline mccabe mcp
mdit-py-plugins mdurl mistralai mistune ml-dtypes mlflow mlflow-skinny mmh3 modal more-itertools moto mpmath
msal msal-extensions msgpack msgspec msrest multidict multiprocess mypy mypy-extensions mysql-connector-python
narwhals nbclient nbconvert nbformat nest-asyncio networkx nh3 nltk nodeenv notebook notebook-shim numba numpy
nvidia-cublas nvidia-cuda-nvrtc nvidia-cudnn-cu13 nvidia-cufft nvidia-cusolver nvidia-cusparse
nvidia-cusparselt-cu13 nvidia-nccl-cu12 nvidia-nccl-cu13 nvidia-nvshmem-cu13 oauth2client oauthlib omegaconf
onnxruntime openai openai-agents openapi-pydantic openapi-spec-validator opencv-python opencv-python-headless
openpyxl opensearch-py opentelemetry-api opentelemetry-exporter-otlp opentelemetry-exporter-otlp-proto-common
opentelemetry-exporter-otlp-proto-grpc opentelemetry-exporter-otlp-proto-http
opentelemetry-exporter-prometheus opentelemetry-instrumentation opentelemetry-instrumentation-asgi
opentelemetry-instrumentation-dbapi opentelemetry-instrumentation-django opentelemetry-instrumentation-fastapi
opentelemetry-instrumentation-flask opentelemetry-instrumentation-httpx opentelemetry-instrumentation-psycopg2
opentelemetry-instrumentation-requests opentelemetry-instrumentation-threading
opentelemetry-instrumentation-urllib opentelemetry-instrumentation-urllib3 opentelemetry-instrumentation-wsgi
opentelemetry-proto opentelemetry-sdk opentelemetry-semantic-conventions opentelemetry-util-http ordered-set
orderly-set orjson ormsgpack outcome overrides packaging pandas pandas-gbq pandas-stubs pandocfilters paramiko
parso pathable pathspec patsy pbs-installer pdfminer-six peewee pendulum pexpect pg8000 pillow pinotdb pip
pkginfo platformdirs playwright plotly pluggy ply poetry poetry-core poetry-plugin-export polars
polars-runtime-32 portalocker pre-commit prettytable prometheus-client prompt-toolkit propcache proto-plus
protobuf psutil psycopg psycopg-binary psycopg2 psycopg2-binary ptyprocess pure-eval py py-key-value-aio py4j
pyarrow pyarrow-hotfix pyasn1 pyasn1-modules pycodestyle pycparser pycryptodome pycryptodomex pydantic
pydantic-ai pydantic-ai-slim pydantic-core pydantic-extra-types pydantic-graph pydantic-settings pyee pyflakes
pygithub pygments pyhumps pyiceberg pyjwt pylint pymongo pymssql pymupdf pymysql pynacl pyodbc pyopenssl
pyparsing pypdf pypdfium2 pyperclip pyproject-hooks pyroaring pyrsistent pysocks pyspark pytest pytest-asyncio
pytest-cov pytest-json-ctrf pytest-mock pytest-rerunfailures pytest-timeout pytest-xdist python-dateutil
python-discovery python-docx python-dotenv python-jose python-json-logger python-multipart python-pptx
python-slugify python-telegram-bot pytokens pytz pywin32 pyyaml pyzmq rapidfuzz ray readme-renderer redis
redshift-connector referencing regex reportlab requests requests-aws4auth requests-file requests-oauthlib
requests-toolbelt responses retrying rfc3339-validator rfc3986 rfc3986-validator rfc3987-syntax rich
rich-click rich-rst rich-toolkit rpds-py rsa ruamel-yaml ruamel-yaml-clib ruff s3fs s3transfer safetensors
scikit-learn scipy scramp seaborn secretstorage selenium semantic-version semgrep semver send2trash sentry-sdk
setproctitle setuptools setuptools-scm sglang shapely shellingham simplejson six slack-sdk smart-open smmap
sniffio snowflake-connector-python snowflake-snowpark-python snowflake-sqlalchemy sortedcontainers soupsieve
sphinx sqlalchemy sqlalchemy-bigquery sqlglot sqlparse sse-starlette stack-data starlette statsmodels
structlog sympy synchronicity tableauserverclient tabulate tenacity tensorflow termcolor terminado
text-unidecode textual threadpoolctl thrift tiktoken tinycss2 tokenizers toml tomli tomli-w tomlkit toolz
torch torchvision tornado tox tqdm traitlets transformers tree-sitter tree-sitter-languages trio
trio-websocket triton trove-classifiers typedload typeguard typer types-awscrt types-certifi types-protobuf
types-python-dateutil types-pytz types-pyyaml types-requests types-s3transfer types-toml typing-extensions
typing-inspect typing-inspection tzdata tzlocal uc-micro-py ujson uncalled-for unidiff universal-pathlib
uri-template uritemplate urllib3 uuid-utils uv uv-build uvicorn uvloop vcs-versioning vine virtualenv watchdog
watchfiles wcmatch wcwidth weaviate-client webcolors webencodings websocket-client websockets werkzeug wheel
widgetsnbextension wrapt wsproto xgboost xlrd xlsxwriter xmltodict xxhash yarl ydb zeep zipp zope-interface
zstandard
`
  .trim()
  .split(/\s+/);
