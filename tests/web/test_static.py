"""Script modules name each other by hash, so that a browser never mixes two versions of them."""

import re
import shutil
from pathlib import Path

from voices.web.static import HashedStaticFiles

STATIC = Path(__file__).resolve().parents[2] / "static"
IMPORT = re.compile(r'(?:from |import\()"([^"]+)"')


def test_modules_import_each_other_by_hashed_names(tmp_path: Path) -> None:
    shutil.copytree(STATIC / "js", tmp_path / "js")
    modules = [path.relative_to(STATIC).as_posix() for path in STATIC.glob("js/**/*.js")]
    storage = HashedStaticFiles(location=tmp_path, base_url="/static/")
    for _ in storage.post_process({name: (storage, name) for name in modules}):
        pass
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in storage.hashed_files.values()]
    imports = [found for text in texts for found in IMPORT.findall(text)]
    assert len(imports) > 5
    assert [found for found in imports if not re.fullmatch(r"\./.*\.[0-9a-f]{12}\.js", found)] == []
