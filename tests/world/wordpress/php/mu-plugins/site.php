<?php
// What every site has: permalinks as asked for, a custom post type, no calls to the outside.

add_filter('pre_option_permalink_structure', fn() => [
    'pretty' => '/%year%/%monthnum%/%day%/%postname%/',
    'index' => '/index.php/%year%/%monthnum%/%day%/%postname%/',
    'plain' => '',
][NEWSREEL['permalinks']]);
if (NEWSREEL['permalinks'] === 'plain') {
    add_filter('pre_option_rewrite_rules', fn() => []); // the stored ones are those of pretty links
}

add_filter('pre_oembed_result', fn($result, $url) => '<iframe title="Video" src="' . esc_url($url) . '"></iframe>', 10, 2);
add_filter('pre_http_request', fn() => new WP_Error('offline', 'The tests have no network.'));

add_action('init', function () {
    register_post_type('dispatch', [
        'public' => true,
        'label' => 'Dispatches',
        'has_archive' => true,
        'show_in_rest' => true,
        'rest_base' => 'dispatches',
        'taxonomies' => ['category', 'post_tag'],
        'supports' => ['title', 'editor', 'author', 'excerpt', 'custom-fields'],
    ]);
});
