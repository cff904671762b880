<?php
// Router of `php -S`. It buffers, because the bare server sends no Content-Length, and writes the
// access log in the same form as the nginx of nginx.py.

function newsreel_finish(string $body): string
{
    $status = http_response_code();
    if (!in_array($status, [204, 304], true) && !headers_sent()) {
        header('Content-Length: ' . strlen($body));
    }
    $entry = [
        'method' => $_SERVER['REQUEST_METHOD'],
        'target' => $_SERVER['REQUEST_URI'],
        'status' => $status,
        'length' => strlen($body),
    ];
    file_put_contents(getenv('NEWSREEL_ACCESS_LOG'), json_encode($entry) . "\n", FILE_APPEND | LOCK_EX);
    return $_SERVER['REQUEST_METHOD'] === 'HEAD' ? '' : $body;
}

function newsreel_script(): string|false
{
    $root = $_SERVER['DOCUMENT_ROOT'];
    $path = rawurldecode(strtok($_SERVER['REQUEST_URI'], '?'));
    $file = is_dir($root . $path) ? rtrim($path, '/') . '/index.php' : $path;
    if (!is_file($root . $file)) {
        if (!str_starts_with($path, getenv('NEWSREEL_BASE') . '/')) {
            http_response_code(404); // outside the sub-folder of the site
            exit;
        }
        $file = getenv('NEWSREEL_BASE') . '/index.php';
    } elseif (!str_ends_with($file, '.php')) {
        return false;
    }
    $_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $file;
    $_SERVER['SCRIPT_FILENAME'] = $root . $file;
    unset($_SERVER['PATH_INFO']);
    return $root . $file;
}

ob_start('newsreel_finish');
$newsreel_script = newsreel_script();
if ($newsreel_script === false) {
    ob_end_clean();
    return false; // a stylesheet or image: the server sends it itself
}
chdir(dirname($newsreel_script));
require $newsreel_script;
