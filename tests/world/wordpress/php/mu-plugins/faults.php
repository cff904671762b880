<?php
// What goes wrong on real sites: a fatal error in one post, challenge pages, slow answers, and
// bytes around or inside the JSON that are none.

if (NEWSREEL['bad_post'] !== '') {
    add_filter('the_content', function ($content) {
        if (get_post()?->post_name === NEWSREEL['bad_post']) {
            newsreel_function_of_a_plugin_that_was_removed();
        }
        return $content;
    });
}

function newsreel_challenge(): never
{
    http_response_code(NEWSREEL['challenge']);
    header('Content-Type: text/html; charset=UTF-8');
    header('Cache-Control: private, no-store');
    echo '<!DOCTYPE html><html lang="en"><head><title>Just a moment...</title>',
        '<meta name="robots" content="noindex,nofollow"></head><body><h1>Checking your browser</h1>',
        '<noscript>Enable JavaScript and cookies to continue</noscript></body></html>';
    exit;
}

function newsreel_disturb(string $json): string
{
    return match (NEWSREEL['noise']) {
        'notice' => "<br />\n<b>Notice</b>:  Undefined index: [lang] in <b>/srv/www/wp-content/plugins/"
            . "old/old.php</b> on line <b>{42}</b><br />\n" . $json,
        'bom' => "\u{FEFF}" . $json,
        'html_after' => $json . "\n<!-- Page cached in 0.{1} seconds -->\n<script>var x = [];</script>",
        'cp1252' => mb_convert_encoding(json_encode(json_decode($json), JSON_UNESCAPED_UNICODE), 'Windows-1252', 'UTF-8'),
        'cut' => substr($json, 0, intdiv(strlen($json) * 2, 3)),
        'list_as_object' => preg_match('/^\[/', $json) ? json_encode((object) json_decode($json)) : $json,
        'null_content' => preg_replace('/"content":\{"rendered":"(?:[^"\\\\]|\\\\.)*+"/', '"content":{"rendered":null', $json, 1),
        'surrogate' => preg_replace('/"title":\{"rendered":"/', '$0\\ud83d', $json),
        default => $json,
    };
}

add_action('parse_request', function ($wp) {
    $is_rest = isset($wp->query_vars['rest_route']);
    if (NEWSREEL['challenge'] && ($is_rest || NEWSREEL['challenge_at'] === 'site')) {
        newsreel_challenge();
    }
    if ($is_rest) {
        usleep((int) (NEWSREEL['delay'] * 1e6));
        ob_start('newsreel_disturb');
    }
}, 2);
