<?php
// Runs {"code": PHP, "args": [...]}, read from standard input, inside WordPress as its
// administrator. Exits 1 unless the code ran to its end.

/** What a WordPress function returned, unless it was a refusal. */
function newsreel_checked(mixed $result): mixed
{
    if (is_wp_error($result)) {
        throw new Exception($result->get_error_message());
    }
    return $result ?: throw new Exception('WordPress refused without a reason: nothing found?');
}

$newsreel_done = false;
register_shutdown_function(function () {
    if (!$GLOBALS['newsreel_done']) {
        exit(1);
    }
});
define('WP_DISABLE_FATAL_ERROR_HANDLER', true);
$newsreel_job = json_decode(stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
if ($newsreel_job['installing']) {
    define('WP_INSTALLING', true);
}
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['HTTP_HOST'] = 'wire.example.test';
require getenv('NEWSREEL_CODE') . '/wp-load.php';
if (!$newsreel_job['installing']) {
    wp_set_current_user(1);
}
kses_remove_filters(); // markup is stored as given
(function (array $args) {
    eval($GLOBALS['newsreel_job']['code']);
})($newsreel_job['args']);
$newsreel_done = true;
