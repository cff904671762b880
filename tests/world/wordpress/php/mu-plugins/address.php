<?php
// Where the API is and how the site tells: another prefix, another host, no advertisement.

if (NEWSREEL['rest_prefix'] !== 'wp-json') {
    add_filter('rest_url_prefix', fn() => NEWSREEL['rest_prefix']);
    // The stored rules name the usual prefix.
    add_filter('option_rewrite_rules', function ($rules) {
        $renamed = [];
        foreach ($rules ?: [] as $pattern => $query) {
            $renamed[str_replace('wp-json', NEWSREEL['rest_prefix'], $pattern)] = $query;
        }
        return $renamed;
    });
}

if (NEWSREEL['advertise'] !== 'both') {
    remove_action('template_redirect', 'rest_output_link_header', 11);
}
if (NEWSREEL['advertise'] === 'none') {
    remove_action('wp_head', 'rest_output_link_wp_head', 10);
    remove_action('xmlrpc_rsd_apis', 'rest_output_rsd');
}

if (NEWSREEL['rest_host'] !== '') {
    add_action('parse_request', function () {
        [$host, $port] = explode(':', $_SERVER['HTTP_HOST'] . ':80');
        if (isset($GLOBALS['wp']->query_vars['rest_route']) && $host !== NEWSREEL['rest_host']) {
            header('Location: http://' . NEWSREEL['rest_host'] . ":$port" . $_SERVER['REQUEST_URI'], true, 301);
            exit;
        }
    }, 1);
}
