#!/usr/bin/env bash
# A browser for the tests: Debian's Chromium, installed when it may be, else one line says what to do.
set -euo pipefail
command -v chromium >/dev/null || command -v chromium-browser >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "  安装浏览器 Chromium / installing the browser Chromium …"
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 && exit 0
fi
echo "测试需要浏览器,请执行 apt install chromium / the tests need a browser: apt install chromium"
exit 1
