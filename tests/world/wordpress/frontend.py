"""The web servers in front of WordPress: PHP's own, and nginx with php-fpm as real sites have."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.world.wordpress.installed import HERE, program
from tests.world.wordpress.process import Process, socket_path

PHP_OPTIONS = (
    ("opcache.enable_cli", "1"),
    ("display_errors", "0"),
    ("log_errors", "1"),
    ("error_log", "/dev/stderr"),
    ("memory_limit", "256M"),
)

FPM = """\
[global]
daemonize = no
error_log = /dev/stderr
[site]
{owner}
listen = {socket}
pm = static
pm.max_children = 4
clear_env = no
catch_workers_output = yes
php_admin_value[memory_limit] = 256M
"""

NGINX = """\
{owner}
daemon off;
worker_processes 1;
pid {workdir}/nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types;
  log_format line escape=json '{{"method":"$request_method","target":"$request_uri",'
    '"status":$status,"length":$body_bytes_sent}}';
  access_log {log} line;
  client_body_temp_path {workdir}/body;
  fastcgi_temp_path {workdir}/fastcgi;
  proxy_temp_path {workdir}/proxy;
  scgi_temp_path {workdir}/scgi;
  uwsgi_temp_path {workdir}/uwsgi;
  keepalive_timeout 15;
  gzip on;
  gzip_types application/json application/rss+xml application/xml text/xml text/plain;
  server {{
    listen 127.0.0.1:{port};
    server_name _;
    root {root};
    index index.php;
    location {base}/ {{ try_files $uri $uri/ {base}/index.php$is_args$args; }}
    location ~ ^(.+\\.php)(/.*)?$ {{
      fastcgi_split_path_info ^(.+?\\.php)(/.*)?$;
      include /etc/nginx/fastcgi_params;
      # Debian's file passes $host: without the port WordPress redirects for ever.
      fastcgi_param HTTP_HOST $http_host;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_read_timeout 120;
      fastcgi_pass unix:{socket};
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What a web server needs: ``root`` holds WordPress at ``base`` ("" or "/news")."""

    workdir: Path
    root: Path
    base: str
    address: tuple[str, int]
    access_log: Path
    env: Mapping[str, str]


def php_command(script: str | Path) -> list[str]:
    """Return the command that runs a PHP script."""
    options = [f"-d{name}={value}" for name, value in PHP_OPTIONS]
    return [program("php8.2"), *options, str(script)]


def start_php(web: Web) -> list[Process]:
    """Start ``php -S`` with four workers: connections closed, Content-Length, no compression."""
    *php, router = php_command(HERE / "php" / "router.php")
    env = {
        **web.env,
        "PHP_CLI_SERVER_WORKERS": "4",
        "NEWSREEL_ACCESS_LOG": str(web.access_log),
        "NEWSREEL_BASE": web.base,
    }
    host, port = web.address
    command = [*php, "-S", f"{host}:{port}", "-t", str(web.root), router]
    log = web.workdir / "php.log"
    return [Process("php -S", command, address=web.address, log=log, env=env)]


def start_nginx(web: Web) -> list[Process]:
    """nginx in front of php-fpm: keep-alive, gzip, chunked."""
    as_root = os.geteuid() == 0
    socket = str(socket_path(web.workdir / "fpm.sock"))
    fpm, nginx = web.workdir / "fpm.conf", web.workdir / "nginx.conf"
    # The work folder of pytest is closed to other users, so that workers stay root too.
    fpm.write_text(FPM.format(socket=socket, owner="user = root" if as_root else ""))
    nginx.write_text(
        NGINX.format(
            owner="user root;" if as_root else "",
            workdir=web.workdir,
            log=web.access_log,
            port=web.address[1],
            root=web.root,
            base=web.base,
            socket=socket,
        )
    )
    fpm_command = [program("php-fpm8.2"), "-F", *(["-R"] if as_root else []), "-y", str(fpm)]
    nginx_command = [program("nginx"), "-e", "stderr", "-p", str(web.workdir), "-c", str(nginx)]
    fpm_log, nginx_log = web.workdir / "fpm.log", web.workdir / "nginx.log"
    return [
        Process("php-fpm", fpm_command, address=socket, log=fpm_log, env=web.env),
        Process("nginx", nginx_command, address=web.address, log=nginx_log),
    ]
